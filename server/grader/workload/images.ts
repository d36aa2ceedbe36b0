/**
 * The full name of an image, so that two spellings of one image are one: `nginx:1.29` is
 * `docker.io/library/nginx:1.29`; a digest beside a tag is left out.
 */
export function imageName(image: string): string {
  const [withTag = ''] = image.split('@');
  const onlyDigest = image.includes('@') && !/:[^/]*$/.test(withTag);
  const [first = '', ...rest] = withTag.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasRegistry ? first : 'docker.io';
  const path = hasRegistry ? rest.join('/') : rest.length === 0 ? `library/${first}` : withTag;
  const name = `${registry === 'index.docker.io' ? 'docker.io' : registry}/${path}`;
  if (onlyDigest) return `${name}@${image.split('@')[1] ?? ''}`;
  return /:[^/]*$/.test(path) ? name : `${name}:latest`;
}
