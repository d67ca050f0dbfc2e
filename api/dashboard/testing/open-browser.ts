import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ensureChromium } from '../../../infra/local/chromium.ts';

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium, without a window; installed where it may be and is missing. */
export const openBrowser = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await ensureChromium(console.error), args });

/** A window of a desktop, with nothing kept from another one. */
export interface OpenedPage {
  readonly page: Page;
  /** What has gone wrong in it so far, in words: errors nobody caught, and those the browser tells on its console. */
  readonly faults: string[];
  /** Closes it; after a test that failed it first prints what all its windows show and what they asked last. */
  readonly close: (test?: Judged) => Promise<void>;
}

/** A test of vitest, as far as it is told apart here. */
interface Judged {
  readonly result?: { readonly state: string };
}

const requestsTold = 40;

/** The browser's own line about an answer. An API that says "not now" on a busy machine is asked again: no fault of the page. */
const isNotNow = (text: string): boolean => /^Failed to load resource: .* status of 503/.test(text);

/** `isFault` says of a console error whether it is one of the page's; default: each is, but for a 503. */
export async function openPage(
  browser: Browser,
  isFault: (text: string) => boolean = (text) => !isNotNow(text),
): Promise<OpenedPage> {
  const context = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce', // what waves while it waits would be drawn by a core the others need
  });
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && isFault(message.text())) faults.push(message.text());
  });
  const requests: string[] = [];
  const tell = (what: string | number, url: string): void => {
    requests.push(`${new Date().toISOString()} ${what} ${url}`);
    if (requests.length > requestsTold) requests.shift();
  };
  context.on('request', (request) => tell(request.method(), request.url()));
  context.on('response', (response) => tell(response.status(), response.url()));
  context.on('requestfailed', (request) => tell(request.failure()?.errorText ?? 'failed', request.url()));
  const close = async (test?: Judged): Promise<void> => {
    if (test?.result?.state === 'fail') {
      const told = await Promise.all(context.pages().map(tellPage));
      console.error([...told, ...faults, ...requests].join('\n'));
    }
    await context.close();
  };
  return { page, faults, close };
}

const tellPage = async (page: Page): Promise<string> =>
  `${page.url()} shows:\n${await page
    .locator('body')
    .innerText({ timeout: 5_000 })
    .catch((error: unknown) => String(error))}`;

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What breaks WCAG 2.2 A or AA on the page as it stands, in words; empty where axe finds nothing. */
export async function wcagFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe); // not a script element: the page's policy would refuse it
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary = '' }) => `${id}: ${html.slice(0, 120)} ${failureSummary.slice(0, 200)}`,
    ),
  );
}

/** By how many pixels the page is wider than its window: 0 where nobody has to scroll sideways. */
export const tooWideBy = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

type Edit = (path: string, body: unknown) => unknown;

/**
 * Puts a hand on the live stream of every page that is loaded from now on: a browser cannot answer a stream in parts. `edit`
 * runs in the page, so it may use nothing around it; it gives what the page gets instead of a resource's answer.
 */
export async function editLive(page: Page, edit: Edit = (_, body) => body): Promise<void> {
  await page.addInitScript(`{
    const edit = ${edit.toString()};
    const listen = EventSource.prototype.addEventListener;
    window.liveAnswers = {};
    EventSource.prototype.addEventListener = function (type, listener) {
      const paths = new URL(this.url).searchParams.getAll('watch');
      listen.call(this, type, type !== 'message' ? listener : (event) => {
        const { watch, body } = JSON.parse(event.data);
        const edited = edit(paths[watch], body);
        window.liveAnswers[paths[watch]] = edited;
        listener(new MessageEvent('message', { data: JSON.stringify({ watch, body: edited }) }));
      });
    };
  }`);
}

/** What a page that was loaded under `editLive` was last told of a resource; null while nothing was. */
export const liveAnswer = async <T>(page: Page, path: RegExp): Promise<T | null> => {
  const answers = await page.evaluate<Readonly<Record<string, T>>>('window.liveAnswers');
  return Object.entries(answers).findLast(([of]) => path.test(of))?.[1] ?? null;
};
