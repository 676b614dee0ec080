// The public door and the host's page, as people use them in a browser without script.
import { holds } from './expect.mjs';

async function receipt_on(page) {
  const shown = page.locator('#receipt');
  if (!(await shown.count())) throw new Error(`no receipt, but: ${(await page.locator('main').innerText()).slice(0, 300)}`);
  return (await shown.innerText()).trim();
}

export async function report_address(page, door, { address, text, contact }) {
  await page.goto(`${door}/`);
  await page.click('main a[href="/report"]');
  await page.fill('#address', address);
  if (text) await page.fill('#text', text);
  if (contact) await page.fill('#contact', contact);
  await page.click('main button');
  return receipt_on(page);
}

export async function report_worry(page, door, { kind, in_danger_now, text, child, account, contact }) {
  await page.goto(`${door}/worry`);
  await page.check(`input[name=kind][value=${kind}]`);
  if (in_danger_now) await page.check('input[name=in_danger_now]');
  await page.fill('#text', text);
  await page.fill('#child', child);
  await page.fill('#account', account);
  await page.fill('#contact', contact);
  await page.click('main button');
  return receipt_on(page);
}

// On the page that shows the receipt. Gives the headline of the page that follows.
export async function type_back(page, typed) {
  await page.fill('#typed', typed);
  await page.click('main button');
  return (await page.locator('h1').innerText()).trim();
}

// What the receipt's page says: {word, released}.
export async function look_up(page, door, receipt) {
  await page.goto(`${door}/receipt`);
  await page.fill('#receipt', receipt);
  await page.click('main button');
  const word = page.locator('#word');
  holds(`the door knows the receipt; it says: ${(await page.locator('main').innerText()).slice(0, 200)}`, await word.count());
  const released = page.locator('#released');
  return { word: (await word.innerText()).trim(), released: (await released.count()) ? (await released.innerText()).trim() : undefined };
}

// The page behind a notice's link: {address, state, open}.
export async function notice_page(page, link) {
  const response = await page.goto(link);
  if (response.status() !== 200) return { status: response.status() };
  return read_notice(page);
}

export async function answer_notice(page, answer) {
  await page.check(`input[name=answer][value=${answer}]`);
  await page.click('main button');
  return read_notice(page);
}

async function read_notice(page) {
  return {
    status: 200,
    address: (await page.locator('#address').innerText()).trim(),
    state: (await page.locator('#state').innerText()).trim(),
    open: (await page.locator('form').count()) > 0,
  };
}
