export type Route = { page: 'course' } | { page: 'lab'; lab: string } | { page: 'unknown' };

/** `/` is the course, `/labs/<week>/<lab>` a lab. */
export function routeOf(path: string): Route {
  if (path === '/') return { page: 'course' };
  const lab = /^\/labs\/([\w-]+\/[\w-]+)\/?$/.exec(path)?.[1];
  return lab === undefined ? { page: 'unknown' } : { page: 'lab', lab };
}
