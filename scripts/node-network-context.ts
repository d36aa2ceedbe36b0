// Makes the folder that the image of a node's rules is built from, and says the image's name:
//   docker build -t "$(node scripts/node-network-context.ts FOLDER)" FOLDER
// Without arguments it only says the name.
import { makeNodeNetworkContext, nodeNetworkImage } from '../server/cluster/existing/node-network/image.ts';

const [folder] = process.argv.slice(2);
if (folder) await makeNodeNetworkContext(folder);
process.stdout.write(`${await nodeNetworkImage()}\n`);
