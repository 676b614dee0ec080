// Both doors in Chromium as people use them: the public door without JavaScript, the console under its strict policy. Every page is held
// against WCAG 2.2 A and AA, light and dark, and nothing may be asked of a third party. Screenshots go to build/screenshots to be looked at.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { check_accessible, launch } from './lib/browser.mjs';
import { Machine, Member } from './lib/clients.mjs';
import { Node, eventually, root, run_program } from './lib/node.mjs';

const photograph = readFileSync('/usr/share/backgrounds/mate/nature/FreshFlower.jpg');
const screenshots = join(root, 'build/screenshots');
// What one entry of a bank matches far too often.
const everywhere = '0f'.repeat(32);
const folder = mkdtempSync(join(tmpdir(), 'tutela-e2e-'));
let node, browser, platform;

before(async () => {
  chmodSync(folder, 0o755);
  mkdirSync(screenshots, { recursive: true });
  node = await Node.create(join(folder, 'hotline'), {
    name: 'hotline.test',
    kind: 'hotline',
    country: 'DE',
    members: { analyst: 'analyst', assessor: 'assessor', manager: 'manager', auditor: 'auditor', welfare: 'welfare_lead' },
  });
  const token = await node.token('platform.test', 'report:write,report:read,match');
  const list = join(folder, 'list.jsonl');
  writeFileSync(list, `${JSON.stringify({ fingerprints: [{ algorithm: 'pdq', value: everywhere, quality: 90 }] })}\n`);
  const bank = ['--data', node.folder, '--bank', 'invented-list'];
  const made = await run_program('tutela', 'bank', 'create', ...bank, '--source', 'Invented hotline', '--legal-basis', 'contract 7', '--threshold', '31');
  assert.equal(made.status, 0, made.err);
  const taken_in = await run_program('tutela', 'bank', 'import', ...bank, list);
  assert.equal(taken_in.status, 0, taken_in.err);
  await node.start();
  platform = new Machine(node.url.machine, token);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await node?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// Everything a page says or asks for that it should not.
function watch(page, allowed_origin) {
  const wrong = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(allowed_origin) && !request.url().startsWith('blob:') && !request.url().startsWith('data:')) wrong.push(`asked ${request.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(String(error)));
  return wrong;
}

test('the public door works without JavaScript, cookie or trace', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const wrong = watch(page, node.url.public);
  await page.goto(node.url.public);
  await page.getByRole('link', { name: 'Report an address' }).click();
  await page.getByRole('button', { name: 'Send the report' }).waitFor();
  await page.getByLabel('Where did you see it?').fill('not an address');
  await page.getByRole('button', { name: 'Send the report' }).click();
  assert.match(await page.getByRole('alert').innerText(), /address/i);
  assert.equal(await page.getByLabel('Where did you see it?').inputValue(), 'not an address', 'what was typed is kept');
  await page.getByLabel('Where did you see it?').fill('https://images.example.org/gallery/7');
  await page.getByRole('button', { name: 'Send the report' }).click();
  const receipt = (await page.locator('#receipt').innerText()).trim();
  assert.match(receipt, /^([0-9A-Z]{4}-){5}[0-9A-Z]{4}$/);
  await page.getByLabel('Type the receipt here').fill('0000-0000-0000-0000-0000-0000');
  await page.getByRole('button', { name: 'Done' }).click();
  assert.match(await page.getByRole('alert').innerText(), /not the same/);
  await page.getByLabel('Type the receipt here').fill(receipt.toLowerCase().replaceAll('-', ' '));
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('heading', { name: 'You have your receipt' }).waitFor();
  await page.goto(`${node.url.public}/receipt`);
  await page.getByLabel('Your receipt').fill(receipt);
  await page.getByRole('button', { name: 'Look up' }).click();
  assert.equal(await page.locator('#word').innerText(), 'being checked');
  await page.goto(`${node.url.public}/receipt`);
  await page.getByLabel('Your receipt').fill(receipt.slice(0, -1) + (receipt.endsWith('0') ? '1' : '0'));
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.getByRole('alert').waitFor();
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual(wrong.filter((text) => !text.includes('400') && !text.includes('404')), []);
  assert.ok(!node.log.split('\n').some((line) => line.includes('"listener":"public"') && line.includes('"peer"')), 'no address of a visitor in the log');
  assert.ok(!node.log.includes('images.example.org'), 'no reported address in the log');
  await context.close();
});

test('a worry is told in two minutes and urgent help comes first', async () => {
  const page = await browser.newPage();
  await page.goto(node.url.public);
  await page.getByRole('link', { name: 'Tell us about a child you worry about' }).click();
  await page.getByRole('radio').first().check();
  await page.getByLabel('The child is in danger now').check();
  await page.getByLabel('What happened, in your own words?').fill('Somebody presses a pupil of mine to meet tonight.');
  await page.getByLabel('Who is the child?').fill('A pupil of class 6b in Examplestadt');
  await page.getByLabel('An account or address').fill('player1@game.test');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  assert.match(await page.locator('.help').innerText(), /emergency number/);
  await page.close();
});

for (const scheme of ['light', 'dark'])
  test(`every page of the public door is accessible in ${scheme}`, async () => {
    const page = await browser.newPage({ colorScheme: scheme, viewport: { width: 900, height: 1000 } });
    for (const path of ['/', '/report', '/worry', '/receipt', '/help']) {
      await page.goto(node.url.public + path);
      await check_accessible(page, `${path} in ${scheme}`);
      await page.screenshot({ path: join(screenshots, `door${path.replace('/', '-')}-${scheme}.png`), fullPage: true });
    }
    await page.close();
  });

async function sign_in(page, login) {
  await page.goto(node.url.console);
  await page.getByLabel('Login').fill(login);
  await page.locator('input[type=password]').fill(node.members[login]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').first().waitFor();
}

test('the console: claim, look, decide, under its policy', async () => {
  await platform.report({ kind: 'content', uploader_country: 'DE' }, { key: 'e2e-upload-1', media: photograph });
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  const wrong = watch(page, node.url.console);
  const index = await page.goto(node.url.console);
  const policy = index.headers()['content-security-policy'];
  assert.match(policy, /script-src 'self' 'nonce-[A-Za-z0-9+/=_-]+'/);
  assert.ok(!policy.includes('unsafe'), policy);
  await page.getByLabel('Login').fill('analyst');
  await page.locator('input[type=password]').fill('a wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The name or the password is wrong').waitFor();
  await sign_in(page, 'analyst');
  await page.goto(`${node.url.console}/queue`);
  const analyst = await Member.sign_in(node, 'analyst');
  const queue = await analyst.get('/v1/queue');
  const item = queue.items.find((one) => one.has_picture);
  await page.goto(`${node.url.console}/items/${item.item_id}`);
  await page.getByRole('button', { name: /Claim/ }).first().click();
  const pictures = [];
  page.on('response', (response) => response.url().endsWith('/picture') && pictures.push(response));
  assert.equal(pictures.length, 0, 'nothing is fetched before it is asked for');
  await page.getByRole('button', { name: 'I have read this and want to be able to look' }).click();
  await page.getByRole('button', { name: /^Grey/ }).click();
  await page.getByRole('img', { name: 'The picture, grey' }).waitFor();
  await page.screenshot({ path: join(screenshots, 'console-item-grey.png'), fullPage: true });
  assert.equal(pictures[0].headers()['cache-control'], 'no-store');
  const full = page.getByRole('button', { name: /Full, while held/ });
  await full.hover();
  await page.mouse.down();
  await page.getByRole('img', { name: 'The picture, full' }).waitFor();
  await page.mouse.up();
  await page.getByRole('img', { name: 'The picture, full' }).waitFor({ state: 'detached' });
  const seen = await analyst.get('/v1/exposure');
  assert.ok(seen.mine.seconds_used > 0, 'the server counts the seconds');
  assert.deepEqual(wrong.filter((text) => !text.includes('status of 401')), []);
  await page.close();
});

test('what one entry matches too often is one stack; a legal hold is set and lifted', async () => {
  const reports = 104;
  for (let n = 0; n < reports; ++n) {
    const fingerprints = [
      { algorithm: 'pdq', value: everywhere, quality: 90 },
      { algorithm: 'sha256', value: randomBytes(32).toString('hex') },
    ];
    await platform.report({ kind: 'content', fingerprints }, { key: `e2e-everywhere-${n}` });
  }
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
  const page = await context.newPage();
  await sign_in(page, 'analyst');
  await page.goto(`${node.url.console}/queue`);
  await page.getByRole('link', { name: 'First of 4 that match the same entry' }).click();
  await page.getByRole('heading', { level: 1, name: 'Stack' }).waitFor();
  await page.getByText('4 items of this stack shown').waitFor();
  await check_accessible(page, 'a stack');
  await page.screenshot({ path: join(screenshots, 'console-stack.png'), fullPage: true });
  await context.close();

  const member = await Member.sign_in(node, 'manager');
  const { items } = await member.get('/v1/queue');
  const holding = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
  const retention = await holding.newPage();
  await sign_in(retention, 'manager');
  await retention.goto(`${node.url.console}/retention`);
  await retention.getByText('Set a legal hold').click();
  await retention.getByLabel('On a', { exact: true }).first().click();
  await retention.getByRole('option', { name: 'Item' }).click();
  await retention.getByLabel('Its id').fill(items[0].item_id);
  await retention.getByLabel('Why, and who asked for it').fill('Asked for by the invented court, 12-7.');
  await check_accessible(retention, 'setting a hold');
  await retention.screenshot({ path: join(screenshots, 'console-retention-hold.png'), fullPage: true });
  await retention.getByRole('button', { name: 'Set the hold' }).click();
  await retention.getByText('In force').waitFor();
  await retention.screenshot({ path: join(screenshots, 'console-retention-held.png'), fullPage: true });
  await retention.getByRole('button', { name: 'Lift', exact: true }).click();
  await retention.getByLabel('Why this hold is lifted').fill('The court lifted it.');
  await retention.getByRole('button', { name: 'Lift the hold' }).click();
  await retention.getByText('Over', { exact: true }).waitFor();
  await holding.close();
});

const pages = {
  analyst: ['/queue', '/concerns', '/routing', '/referrals', '/notices', '/incoming', '/banks', '/authorities', '/exposure', '/break', '/help'],
  manager: ['/queue', '/ledger', '/members', '/retention'],
  auditor: ['/ledger', '/queue', '/retention'],
};
for (const scheme of ['light', 'dark'])
  test(`every page of the console is accessible in ${scheme}`, async () => {
    for (const [login, paths] of Object.entries(pages)) {
      const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      const wrong = watch(page, node.url.console);
      await page.goto(node.url.console);
      await page.getByLabel('Login').waitFor();
      await check_accessible(page, `sign-in in ${scheme}`);
      await sign_in(page, login);
      const member = await Member.sign_in(node, login);
      const queue = await member.get('/v1/queue');
      const details = login === 'analyst' ? [`/items/${queue.items[0].item_id}`, `/concerns/${queue.concerns[0].concern_id}`] : [];
      for (const path of [...paths, ...details]) {
        await page.goto(node.url.console + path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForLoadState('networkidle');
        await check_accessible(page, `${path} as ${login} in ${scheme}`);
        const name = path.replace(/[0-9a-f-]{36}/, 'one').replaceAll('/', '-');
        await page.screenshot({ path: join(screenshots, `console${name}-${login}-${scheme}.png`), fullPage: true });
      }
      assert.deepEqual(wrong, [], `${login} in ${scheme}`);
      await context.close();
    }
  });

test('a member without the role is refused by the server, not only by the page', async () => {
  const welfare = await Member.sign_in(node, 'welfare');
  const analyst = await Member.sign_in(node, 'analyst');
  const { items } = await analyst.get('/v1/queue');
  await assert.rejects(welfare.get(`/v1/items/${items[0].item_id}`), /403 access.role/);
  await assert.rejects(analyst.post('/v1/members', { login: 'x', password: 'long enough a word', roles: ['admin'] }), /403 access.role/);
  const auditor = await Member.sign_in(node, 'auditor');
  await eventually('the ledger has been numbered', async () => (await auditor.get('/v1/ledger')).size > 10);
});
