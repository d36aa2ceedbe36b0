import type { Guide } from '../contract/course.ts';
import type { CourseFile, ExpectFile, LabFile } from './lab-schema.ts';
import type { ScenarioFile } from './scenario-schema.ts';

/** A file of the content, by its path below its own folder. */
export interface ContentFile {
  path: string;
  text: string;
  /** Whether it was executable. */
  executable: boolean;
}

/** A fix, as a learner would do it: YAML to apply, or a script for the learner's shell. */
export interface Fix {
  name: string;
  /** `fix.yaml`, `fix.sh` and what lies beside them; applied in the order of their names. */
  files: ContentFile[];
}

export interface Scenario extends ScenarioFile {
  name: string;
  /** In order of their file names. */
  manifests: ContentFile[];
  workspace: ContentFile[];
}

export interface Lab extends LabFile {
  /** `week-08/default-deny` */
  id: string;
  week: string;
  scenarioContent: Scenario;
  guides: { ko: Guide; en: Guide };
  solution: Fix;
  alsoRight: Fix[];
  wrong: (Fix & { expect: ExpectFile })[];
}

/** All that labs/ and scenarios/ hold, checked. */
export interface Content {
  course: CourseFile;
  /** By id. */
  labs: Map<string, Lab>;
}
