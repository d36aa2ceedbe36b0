// Makes the folder that the workbench image is built from, and says the image's name:
//   docker build -t "$(node scripts/workbench-context.ts FOLDER KUBECTL)" FOLDER
// KUBECTL is a program of the platform's version for the nodes' system. Without arguments it only says the name.
import { makeImageContext, workbenchImage } from '../server/terminal/pod/image.ts';

const [folder, kubectl] = process.argv.slice(2);
if (folder && kubectl) await makeImageContext(folder, kubectl);
process.stdout.write(`${await workbenchImage()}\n`);
