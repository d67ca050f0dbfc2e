import { cliPage } from './cli-page.ts';
import { configurationPage } from './configuration-page.ts';
import { exitCodesPage } from './exit-codes-page.ts';
import { httpApiPage } from './http-api-page.ts';
import type { ReferencePage } from './markdown.ts';
import { messagesPage } from './messages-page.ts';
import { metricsPage } from './metrics-page.ts';
import { problemsPage } from './problems-page.ts';
import { pspSimulatorPage } from './psp-simulator-page.ts';
import { topicsPage } from './topics-page.ts';
import { transitionTablesPage } from './transition-tables-page.ts';

/** What `docs/reference/` must hold; a test compares. */
export const referencePages = (): readonly ReferencePage[] => [
  httpApiPage(),
  problemsPage(),
  cliPage(),
  exitCodesPage(),
  configurationPage(),
  topicsPage(),
  messagesPage(),
  transitionTablesPage(),
  metricsPage(),
  pspSimulatorPage(),
];
