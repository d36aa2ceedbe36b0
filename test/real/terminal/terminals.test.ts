import { describe } from 'vitest';
import { terminalSuite } from '../../unit/terminal/suite.ts';
import { PodWorkshop } from './pod-workshop.ts';

describe('terminals in pods', () => {
  terminalSuite(() => PodWorkshop.open(), { echoMs: 25 });
});
