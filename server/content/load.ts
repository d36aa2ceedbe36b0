import { join } from 'node:path';
import { listFolders, readFolder, readIfThere } from './content-files.ts';
import { ContentError, type ContentProblem } from './content-problem.ts';
import type { Content, Fix, Lab, Scenario } from './content.ts';
import { parseGuide } from './guide.ts';
import { ImageCatalogue, ImageFile } from './image-catalogue.ts';
import { checkLab } from './lab-rules.ts';
import { CourseFile, ExpectFile, LabFile } from './lab-schema.ts';
import { namesFor } from './names.ts';
import { renderManifests, renderScenario } from './render.ts';
import { checkPods } from './scenario-rules.ts';
import { ScenarioFile } from './scenario-schema.ts';
import { checkReaches } from './terminal-reach.ts';
import { lineIn, parseYamlFile } from './yaml-file.ts';
import type { z } from 'zod';

/**
 * Reads and checks labs/ and scenarios/ below a folder.
 * @throws ContentError naming everything that is wrong, with files and lines.
 */
export async function loadContent(root: string): Promise<Content> {
  const problems: ContentProblem[] = [];
  const course = await readYaml(root, 'labs/course.yaml', CourseFile, problems);
  const images = await readYaml(root, 'scenarios/images.yaml', ImageFile, problems);
  if (!course || !images) throw new ContentError(problems);
  const catalogue = new ImageCatalogue(images.images);
  const scenarios = new Map<string, Scenario>();
  for (const name of await listFolders(join(root, 'scenarios'))) {
    const scenario = await loadScenario(root, name, catalogue, problems);
    if (scenario) scenarios.set(name, scenario);
  }
  const labs = new Map<string, Lab>();
  for (const week of course.weeks) {
    for (const name of week.labs) {
      const lab = await loadLab(root, week.id, name, scenarios, problems);
      if (lab) labs.set(lab.id, lab);
    }
  }
  if (problems.length > 0) throw new ContentError(problems);
  return { course, labs };
}

async function loadScenario(
  root: string,
  name: string,
  catalogue: ImageCatalogue,
  problems: ContentProblem[],
): Promise<Scenario | undefined> {
  const folder = `scenarios/${name}`;
  const file = await readYaml(root, `${folder}/scenario.yaml`, ScenarioFile, problems);
  if (!file) return undefined;
  if (Object.values(file.namespaces).filter(({ main }) => main).length !== 1) {
    problems.push({ file: `${folder}/scenario.yaml`, line: 0, message: 'exactly one namespace must be "main: true"' });
  }
  const workspace = (await readFolder(join(root, folder, 'files'))).filter(({ path }) =>
    file.files.some((wanted) => path === wanted || path.startsWith(wanted.replace(/\/?$/, '/'))),
  );
  const scenario = { ...file, name, manifests: await readFolder(join(root, folder, 'manifests')), workspace };
  if (scenario.manifests.length === 0)
    problems.push({ file: `${folder}/manifests`, line: 0, message: 'the scenario has no manifests' });
  collect(problems, () => {
    checkPods(`${folder}/manifests`, renderScenario(scenario, namesFor(scenario, 'learner')), catalogue, problems);
  });
  return scenario;
}

async function loadLab(
  root: string,
  week: string,
  name: string,
  scenarios: Map<string, Scenario>,
  problems: ContentProblem[],
): Promise<Lab | undefined> {
  const folder = `labs/${week}/${name}`;
  const file = await readYaml(root, `${folder}/lab.yaml`, LabFile, problems);
  if (!file) return undefined;
  const scenario = scenarios.get(file.scenario);
  if (!scenario) {
    const known = [...scenarios.keys()].join(', ');
    problems.push({
      file: `${folder}/lab.yaml`,
      line: 0,
      message: `there is no scenario "${file.scenario}" (there are: ${known})`,
    });
    return undefined;
  }
  const tasks = file.tasks.map(({ id }) => id);
  const guide = async (language: 'ko' | 'en') => {
    const path = `${folder}/guide.${language}.md`;
    const text = await readIfThere(join(root, path));
    if (text === undefined)
      problems.push({ file: path, line: 0, message: 'the guide is missing: a lab loads only in both languages' });
    return parseGuide(path, text ?? '', tasks, text === undefined ? [] : problems);
  };
  const fixes = async (kind: string): Promise<Fix[]> =>
    Promise.all(
      (await listFolders(join(root, folder, kind))).map(async (fix) =>
        loadFix(root, `${folder}/${kind}/${fix}`, fix, scenario, problems),
      ),
    );
  const wrong = await Promise.all(
    (await fixes('wrong')).map(async (fix) => {
      const expect = await readYaml(root, `${folder}/wrong/${fix.name}/expect.yaml`, ExpectFile, problems);
      return { ...fix, files: fix.files.filter(({ path }) => path !== 'expect.yaml'), expect: expect ?? { fails: {} } };
    }),
  );
  const lab: Lab = {
    ...file,
    id: `${week}/${name}`,
    week,
    scenarioContent: scenario,
    guides: { ko: await guide('ko'), en: await guide('en') },
    solution: await loadFix(root, `${folder}/solution`, 'solution', scenario, problems),
    alsoRight: await fixes('also-right'),
    wrong,
  };
  checkLab(lab, folder, problems);
  const text = (await readIfThere(join(root, folder, 'lab.yaml'))) ?? '';
  const report = (index: number, message: string) => {
    const path = ['terminal', 'reaches', index];
    problems.push({ file: `${folder}/lab.yaml`, line: lineIn(text, path), message: `${path.join('.')}: ${message}` });
  };
  // Manifests that can't be read have been told of with the scenario.
  collect([], () => checkReaches(lab.terminal.reaches, scenario, report));
  return lab;
}

async function loadFix(
  root: string,
  folder: string,
  name: string,
  scenario: Scenario,
  problems: ContentProblem[],
): Promise<Fix> {
  const files = await readFolder(join(root, folder));
  if (!files.some(({ path }) => /\.(ya?ml|sh)$/.test(path) && path !== 'expect.yaml')) {
    problems.push({ file: folder, line: 0, message: 'the fix is missing: add fix.yaml or fix.sh' });
  }
  const manifests = files.filter(({ path }) => path !== 'expect.yaml');
  collect(problems, () => renderManifests(folder, manifests, namesFor(scenario, 'learner')));
  return { name, files };
}

async function readYaml<S extends z.ZodType>(root: string, path: string, schema: S, problems: ContentProblem[]) {
  const text = await readIfThere(join(root, path));
  if (text === undefined) {
    problems.push({ file: path, line: 0, message: 'the file is missing' });
    return undefined;
  }
  return parseYamlFile(path, text, schema, problems);
}

/** Adds the problems of a ContentError that `run` throws. */
function collect(problems: ContentProblem[], run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    problems.push(...error.problems);
  }
}
