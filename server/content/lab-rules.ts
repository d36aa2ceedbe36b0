import type { ContentProblem } from './content-problem.ts';
import type { Lab } from './content.ts';

/** How many fixes a lab must bring, so that its grading is proved from both sides. */
const fewest = { alsoRight: 2, wrong: 4 };

/** The rules of a lab that reach across its files. */
export function checkLab(lab: Lab, folder: string, problems: ContentProblem[]): void {
  const report = (message: string, file = 'lab.yaml') => problems.push({ file: `${folder}/${file}`, line: 0, message });
  const checks = Object.keys(lab.checks);
  const used = new Set(lab.tasks.flatMap((task) => task.checks));
  for (const id of used)
    if (!checks.includes(id))
      report(`a task names the check "${id}", which checks: doesn't have (it has ${checks.join(', ')})`);
  for (const id of checks) if (!used.has(id)) report(`no task names the check "${id}"`);
  const points = Object.values(lab.checks).reduce((sum, check) => sum + check.points, 0);
  if (points !== 100) report(`the points of all checks add up to ${points}, not 100`);
  if (lab.alsoRight.length < fewest.alsoRight)
    report(`has ${lab.alsoRight.length} fixes; at least ${fewest.alsoRight} are needed`, 'also-right');
  if (lab.wrong.length < fewest.wrong)
    report(`has ${lab.wrong.length} fixes; at least ${fewest.wrong} are needed`, 'wrong');
  for (const fix of lab.wrong) {
    for (const id of Object.keys(fix.expect.fails)) {
      if (!checks.includes(id))
        report(`names the check "${id}", which lab.yaml doesn't have`, `wrong/${fix.name}/expect.yaml`);
    }
  }
  checkNames(lab, report);
}

/** Namespaces and users that checks speak of must be the scenario's. */
function checkNames(lab: Lab, report: (message: string) => void): void {
  const namespaces = Object.keys(lab.scenarioContent.namespaces);
  const known = (name: string, where: string) => {
    if (!namespaces.includes(name))
      report(
        `${where} names the namespace "${name}", which the scenario doesn't have (it has ${namespaces.join(', ')})`,
      );
  };
  for (const [id, check] of Object.entries(lab.checks)) {
    if ('traffic' in check) {
      for (const { from, to, port } of [...check.traffic.allow, ...check.traffic.deny]) {
        for (const end of [from, to])
          if (/^[a-z0-9-]+\/[a-z0-9*-]+$/.test(end)) known(end.split('/')[0] ?? '', `checks.${id}`);
        if (to !== 'dns' && port === undefined) report(`checks.${id}: the flow ${from} → ${to} needs a port`);
      }
    } else if ('access' in check) {
      known(check.access.namespace, `checks.${id}`);
      const [kind, name = ''] = check.access.subject.split(' ');
      if (kind === 'ServiceAccount') known(name.split('/')[0] ?? '', `checks.${id}`);
      if (kind === 'User' && !lab.scenarioContent.users.includes(name))
        report(`checks.${id} names the user "${name}", which the scenario's users: doesn't have`);
    } else if ('podSecurity' in check) known(check.podSecurity.namespace, `checks.${id}`);
    else {
      for (const name of Object.keys(check.workload.available)) known(name, `checks.${id}`);
      for (const { from } of check.workload.serves) known(from.split('/')[0] ?? '', `checks.${id}`);
    }
  }
}
