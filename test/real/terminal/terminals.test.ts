import { describe } from 'vitest';
import { terminalSuite } from '../../unit/terminal/suite.ts';
import { holdCluster } from '../hold.ts';
import { PodWorkshop } from './pod-workshop.ts';

holdCluster();

describe('terminals in pods', () => {
  terminalSuite(() => PodWorkshop.open(), { echoMs: 25 });
});
