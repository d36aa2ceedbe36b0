import { expect, test } from 'vitest';
import { routeOf } from '../../../web/src/state/route.ts';

test.each([
  ['/', { page: 'course' }],
  ['/labs/week-08/default-deny', { page: 'lab', lab: 'week-08/default-deny' }],
  ['/labs/week-08/default-deny/', { page: 'lab', lab: 'week-08/default-deny' }],
  ['/labs/week-08', { page: 'unknown' }],
  ['/labs/week-08/default-deny/more', { page: 'unknown' }],
  ['/labs/../secret', { page: 'unknown' }],
])('%s', (path, route) => expect(routeOf(path)).toEqual(route));
