import type { Names } from '../../../server/content/names.ts';

export const names: Names = {
  namespaces: { production: 'production-minji', staging: 'staging-minji' },
  users: { 'developer-user': 'developer-user-minji' },
  clusterObjects: {},
  mainNamespace: 'production-minji',
  variables: { PRODUCTION: 'production-minji', STAGING: 'staging-minji', DEVELOPER_USER: 'developer-user-minji' },
};
