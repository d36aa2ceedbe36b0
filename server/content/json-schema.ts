import { z } from 'zod';
import { CourseFile, ExpectFile, LabFile } from './lab-schema.ts';
import { ScenarioFile } from './scenario-schema.ts';

/** JSON Schemas for editors, by the path where they are kept; made from the schemas that the loader uses. */
export function jsonSchemas(): Map<string, string> {
  const files: [string, z.ZodType][] = [
    ['labs/course.schema.json', CourseFile],
    ['labs/lab.schema.json', LabFile],
    ['labs/expect.schema.json', ExpectFile],
    ['scenarios/scenario.schema.json', ScenarioFile],
  ];
  return new Map(
    files.map(([path, schema]) => [path, `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`]),
  );
}
