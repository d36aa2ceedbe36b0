/**
 * The grammar of images' names (github.com/distribution/reference, regexp.go): domain[:port]/path, :tag, @digest. A name
 * without a domain is one of docker.io.
 */
const domain = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const component = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const digest = String.raw`[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}`;
const reference = new RegExp(
  String.raw`^(?:${domain}/)?${component}(?:/${component})*(?::\w[\w.-]{0,127})?(?:@${digest})?$`,
);

/**
 * Checks an image's name as a pod writes it.
 * @returns what is wrong with it, in a kubelet's words (pkg/kubelet/images/image_manager.go); undefined when nothing is.
 */
export function imageNameProblem(name: string): string | undefined {
  const problem = referenceProblem(name);
  if (problem === undefined) return undefined;
  const quoted = JSON.stringify(name);
  return `Failed to apply default image tag ${quoted}: couldn't parse image name ${quoted}: ${problem}`;
}

function referenceProblem(name: string): string | undefined {
  const [server, path] = split(name);
  const [repository = ''] = path.split(':');
  if (repository !== repository.toLowerCase())
    return `invalid reference format: repository name (${repository}) must be lowercase`;
  return reference.test(`${server}/${path}`) ? undefined : 'invalid reference format';
}

/** The registry and what it calls the image. */
function split(name: string): [string, string] {
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return ['docker.io', `library/${name}`];
  const isRegistry = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  const [server, path] = isRegistry ? [first, rest.join('/')] : ['docker.io', name];
  return server === 'docker.io' && !path.includes('/') ? [server, `library/${path}`] : [server, path];
}
