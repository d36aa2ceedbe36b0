/** One namespace and nothing in it, for tests that put in it what they need. */
export const bareScenario = {
  title: { ko: '가', en: 'a' },
  namespaces: { production: { main: true } },
  users: [],
  clusterObjects: [],
  insecure: [{ ko: '가', en: 'a' }],
  files: [],
};
