/**
 * Who may import whom (DESIGN §6). The first rule whose `from` fits a file is its rule.
 * Paths are relative to the repository; a rule's `may` lists prefixes of other folders a file may reach,
 * its own folder is always allowed. Tests may reach anything but a `main.ts`.
 */
export interface ImportRule {
  readonly from: RegExp;
  readonly may: readonly string[];
}

/** The pure files of an order's money; beside them stands the worker. */
const paymentMachine = ['payment', 'decide-', 'request-', 'refund', 'doubt'].map(
  (name) => `processors/payments/${name}`,
);
const wiring = ['schemas/', 'infra/config/', 'infra/clients/'];

const importRules: readonly ImportRule[] = [
  { from: /^schemas\//, may: [] },
  { from: /^producers\//, may: ['schemas/', 'infra/config/', 'infra/clients/', 'producers/checkout/'] },
  // what it counted stands at the end of `npm test`
  { from: /^processors\/simulation\/main\.ts$/, may: ['infra/local/test-counts.ts'] },
  { from: /^processors\/[a-z]+\/(main|start)\.ts$/, may: [...wiring, 'processors/runtime/', 'infra/psp/'] },
  { from: /^processors\/runtime\//, may: wiring },
  // it runs the very code of every part over ports of its own, and has the production auditor judge
  {
    from: /^processors\/simulation\//,
    may: [...wiring, 'processors/', 'sinks/clickhouse/', 'producers/intake/', 'infra/psp/', 'infra/audit/'],
  },
  { from: /^processors\/views\//, may: wiring },
  { from: /^processors\/payments\/worker/, may: [...wiring, 'infra/psp/'] },
  { from: /^processors\/orders\//, may: ['schemas/', ...paymentMachine] },
  { from: /^processors\/(stock|catalogue|payments)\//, may: ['schemas/'] },
  { from: /^sinks\/clickhouse\//, may: wiring },
  // it runs in a browser and knows the API as everybody else does: by its public types; what it shows to copy and of the
  // test tokens is what the documents are made of
  {
    from: /^api\/dashboard\/page\//,
    may: ['api/client/generated/', 'examples/', 'infra/psp/simulator/token-behaviours.ts'],
  },
  // a customer's page: it speaks to the API through the client that everybody gets, and shows what the dashboard shows alike
  {
    from: /^api\/shop\/page\//,
    may: [
      'api/client/',
      ...['format.ts', 'router.ts', 'icon.svg'].map((name) => `api/dashboard/page/${name}`),
    ],
  },
  // it leaves the repository: what it needs it has itself
  { from: /^api\/client\//, may: [] },
  // of the provider's adapter only what reads webhooks and judges a total
  {
    from: /^api\//,
    may: [
      ...wiring,
      'producers/intake/',
      'infra/psp/hint-readers.ts',
      'infra/psp/psp.ts',
      'infra/psp/takes-amount.ts',
    ],
  },
  { from: /^infra\/audit\//, may: wiring },
  { from: /^infra\/config\//, may: [] },
  { from: /^infra\/clients\//, may: ['schemas/', 'infra/config/'] },
  { from: /^infra\/psp\//, may: wiring },
  {
    from: /^infra\//,
    may: ['schemas/', 'infra/', 'producers/', 'processors/', 'sinks/', 'api/'],
  },
];

export interface Import {
  /** The importing file. */
  readonly file: string;
  /** The imported file, both relative to the repository. */
  readonly target: string;
}

/** What is wrong with an import, or null. */
export function judgeImport({ file, target }: Import): string | null {
  if (/(^|\/)main\.ts$/.test(target)) return `${file} imports ${target}: nobody imports a process`;
  if (isTest(file)) return null;
  const rule = importRules.find(({ from }) => from.test(file));
  if (!rule) return null;
  const own = ownFolder(file);
  if (target.startsWith(own) || rule.may.some((prefix) => target.startsWith(prefix))) return null;
  return `${file} imports ${target}; allowed beside ${own}: ${rule.may.join(', ') || 'nothing'} (infra/rules)`;
}

const browserFolders = ['api/dashboard/page/', 'api/shop/page/'];

const isTest = (file: string): boolean => /\.(test|contract)\.ts$|\/testing\//.test(file);

/** `processors/orders/` for a file anywhere below it; `schemas/` and `api/` but for the client are one folder each. */
function ownFolder(file: string): string {
  const [top = '', second = ''] = file.split('/');
  const browser = browserFolders.find((folder) => file.startsWith(folder));
  if (browser !== undefined) return browser;
  const isWhole = top === 'schemas' || (top === 'api' && second !== 'client');
  return isWhole ? `${top}/` : `${top}/${second}/`;
}
