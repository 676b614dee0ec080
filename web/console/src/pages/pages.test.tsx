import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import axe from 'axe-core';
import { describe, expect, it, vi } from 'vitest';
import { openConsole, type Reply } from '../testing/console';
import { makeDay } from '../testing/fixtures';

const kDay = makeDay(Date.now());
const kPaths: readonly [path: string, text: string][] = [
  ['/queue', 'First of 240 that match the same entry'],
  ['/queue/01900000-0000-7000-8000-000000000071', 'of this stack shown'],
  [`/items/${kDay.item.item_id}`, 'Why it matched'],
  [`/items/${kDay.addressOnly.item_id}`, 'Fingerprints made off the node'],
  [`/items/${kDay.decided.item_id}`, 'Verdict'],
  ['/concerns', 'Danger'],
  [`/concerns/${kDay.concern.concern.concern_id}`, 'Persons'],
  ['/referrals', 'Reference'],
  [`/referrals/${kDay.referral.referral.referral_id}`, 'What the authority sees'],
  ['/routing', 'No channel to an authority there is adopted.'],
  ['/authorities', 'Adopt an authority'],
  ['/notices', 'Host says'],
  [`/notices/${kDay.notice.notice.notice_id}`, 'Looks'],
  ['/incoming', 'Supplements'],
  [`/incoming/${kDay.incoming.incoming.incoming_id}`, 'Answers given'],
  [`/reports/${kDay.report.report_id}`, 'A fuller word for the reporter'],
  ['/banks', 'Active entries'],
  [`/banks/${kDay.banks[0]?.bank_id}`, 'Legal basis'],
  ['/ledger', 'Checkpoint'],
  [`/ledger/item/${kDay.item.item_id}`, 'Download the excerpt'],
  ['/members', 'Add a member'],
  ['/retention', 'as the second of two'],
  ['/exposure', 'Everybody, this shift'],
  ['/break', 'Nothing is shown here'],
  ['/help', 'A child is in danger now'],
  ['/nowhere', 'There is nothing here'],
];

async function violations(): Promise<string[]> {
  // Colours need a real browser; tests/e2e looks at them there.
  const result = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
  return result.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`);
}

describe('every page', () => {
  it.each(kPaths)('%s stands, and axe finds nothing', async (path, text) => {
    openConsole(path);
    await screen.findAllByText(text, { exact: false });
    expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
    expect(screen.getAllByRole('link', { name: 'Need help now?' }).length).toBeGreaterThan(0);
    expect(await violations()).toEqual([]);
  });

  it('asks to sign in when nobody is, and keeps the address', async () => {
    let signedIn = false;
    const reply: Reply = (call, day) => {
      if (call.path !== '/v1/session') return undefined;
      if (call.method === 'POST') {
        signedIn = true;
        return { status: 200, body: day.session };
      }
      return signedIn ? undefined : { status: 401, body: { ...day.problem, status: 401, reason: 'session.none' } };
    };
    const { calls } = openConsole('/exposure', reply);
    fireEvent.change(await screen.findByLabelText(/Login/), { target: { value: 'ana' } });
    fireEvent.change(screen.getByLabelText(/^Password/), { target: { value: 'correct horse battery' } });
    expect(await violations()).toEqual([]);
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await screen.findByText('Everybody, this shift');
    expect(calls.find((call) => call.method === 'POST')?.body).toEqual({ login: 'ana', password: 'correct horse battery' });
  });

  it('says of a refusal what was kept and what to do', async () => {
    openConsole('/queue', (call, day) => (call.path === '/v1/queue' ? { status: 409, body: day.problem } : undefined));
    const alert = await screen.findByRole('alert');
    for (const part of [kDay.problem.title, kDay.problem.kept, kDay.problem.todo, kDay.problem.reason])
      expect(within(alert).getByText(part, { exact: false })).toBeDefined();
  });
});

describe('retention', () => {
  it('approves as the second member, and lifts a hold with a reason', async () => {
    const { calls } = openConsole('/retention', (call) => (call.method === 'POST' ? { status: 200, body: {} } : undefined));
    fireEvent.click(await screen.findByRole('button', { name: 'Approve, as the second of two' }));
    fireEvent.click(screen.getByRole('button', { name: 'Lift' }));
    fireEvent.change(screen.getByLabelText(/Why this hold is lifted/), { target: { value: 'the court is done' } });
    fireEvent.click(screen.getByRole('button', { name: 'Lift the hold' }));
    await waitFor(() => expect(calls.filter((call) => call.method === 'POST')).toHaveLength(2));
    const changes = calls.filter((call) => call.method === 'POST');
    expect(changes.map((call) => call.path.split('/').at(-1))).toEqual(['approve', 'lift']);
    expect(changes[1]?.body).toEqual({ reason: 'the court is done' });
  });
});

describe('erasures', () => {
  it('proposes named records with a ground and a reason', async () => {
    const { calls } = openConsole('/retention', (call) => (call.method === 'POST' ? { status: 201, body: {} } : undefined));
    const button = await screen.findByRole<HTMLButtonElement>('button', { name: 'Propose to destroy them', hidden: true });
    expect(button.disabled).toBe(true);
    const ids = [kDay.item.item_id, kDay.decided.item_id];
    fireEvent.change(screen.getByLabelText(/Their ids/), { target: { value: ` ${ids.join('\n')}\n` } });
    fireEvent.change(screen.getByLabelText(/Why, and by whose order/), { target: { value: 'order 14' } });
    fireEvent.click(button);
    await waitFor(() => expect(calls.some((call) => call.method === 'POST')).toBe(true));
    const call = calls.find(({ method }) => method === 'POST');
    expect(call?.path).toBe('/v1/retention/erasures');
    expect(call?.body).toEqual({ subject_type: 'item', subject_ids: ids, reason: 'court_order', words: 'order 14' });
  });

  it('approves and refuses as the second member, and says what kept a record', async () => {
    const { calls } = openConsole('/retention', (call) => (call.method === 'POST' ? { status: 200, body: {} } : undefined));
    await screen.findByText('Refused: a legal hold keeps a record');
    fireEvent.click(screen.getByRole('button', { name: 'Approve the erasure' }));
    fireEvent.click(screen.getByRole('button', { name: 'Refuse' }));
    await waitFor(() => expect(calls.filter((call) => call.method === 'POST')).toHaveLength(2));
    const paths = calls.filter((call) => call.method === 'POST').map((call) => call.path);
    expect(paths).toEqual(
      ['approve', 'refuse'].map((verb) => `/v1/retention/erasures/${kDay.retention.erasures[0]?.erasure_id}/${verb}`),
    );
  });

  it('shows who is to decide what was said for it', async () => {
    const { calls } = openConsole('/retention', (call) =>
      call.path.endsWith('/words') ? { status: 200, body: { words: 'order 14 of a court' } } : undefined,
    );
    fireEvent.click(await screen.findByRole('button', { name: 'Read why' }));
    await screen.findByText(/order 14 of a court/);
    expect(calls.filter((call) => call.path.endsWith('/words'))).toHaveLength(1);
  });

  it('does not let who proposed it approve it', async () => {
    const day = makeDay(Date.now());
    const [mine] = day.retention.erasures;
    if (mine !== undefined) mine.proposed_by = day.session.member.pseudonym;
    openConsole('/retention', undefined, day);
    await screen.findByRole('button', { name: 'Refuse' });
    expect(screen.queryByRole('button', { name: 'Approve the erasure' })).toBeNull();
  });
});

describe('reviewing', () => {
  const itemPath = `/items/${kDay.item.item_id}`;
  const bitmap = () => vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 4, height: 3, close: () => {} }));
  const looking: Reply = (call) => {
    if (call.path.endsWith('/views')) {
      const mode = (call.body as { mode: string }).mode;
      const address = mode === 'address' ? { address: 'https://host.example.test/a' } : {};
      return { status: 201, body: { view_id: kDay.item.item_id, mode, beat_every_seconds: 5, seconds_left: 90, ...address } };
    }
    if (call.path.endsWith('/close')) return { status: 200, body: { seconds: 1, seconds_left: 89, stop: false } };
    return undefined;
  };
  const fetched = (calls: { path: string }[]) => calls.filter(({ path }) => path.includes('/views'));

  it('fetches nothing of the picture before the member asks for it, with facts and matches first', async () => {
    bitmap();
    const { calls } = openConsole(itemPath, looking);
    const consent = await screen.findByRole('button', { name: /want to be able to look/ });
    const headings = screen.getAllByRole('heading', { level: 2 }).map((heading) => heading.textContent?.trim());
    expect(headings.slice(0, 3)).toEqual(['Facts', 'Why it matched', 'Look, if you must']);
    expect(fetched(calls)).toEqual([]);
    fireEvent.click(consent);
    expect(fetched(calls)).toEqual([]);
    fireEvent.click(screen.getByRole('button', { name: /Blurred and grey/ }));
    await screen.findByRole('img', { name: 'The picture, blurred and grey' });
    expect(fetched(calls).map(({ path }) => path)).toEqual([
      `/v1/items/${kDay.item.item_id}/views`,
      `/v1/views/${kDay.item.item_id}/picture`,
    ]);
    expect(calls.find((call) => call.method === 'POST')?.csrf).toBe(kDay.session.csrf);
    expect(document.querySelector('img')).toBeNull();
  });

  it('shows it in full only while the key is held, and not after the window lost focus', async () => {
    bitmap();
    const { calls } = openConsole(itemPath, looking);
    fireEvent.click(await screen.findByRole('button', { name: /want to be able to look/ }));
    fireEvent.keyDown(document.body, { key: 'h' });
    await screen.findByRole('img', { name: 'The picture, full' });
    fireEvent.keyUp(document.body, { key: 'h' });
    expect(screen.queryByRole('img')).toBeNull();
    await waitFor(() => expect(calls.at(-1)?.path).toMatch(/\/close$/));
    fireEvent.keyDown(document.body, { key: 'b' });
    await screen.findByRole('img');
    fireEvent.blur(window);
    expect(screen.queryByRole('img')).toBeNull();
  });

  it('does not look or decide without the lease', async () => {
    const day = makeDay(Date.now());
    const { lease: _, ...unheld } = day.item;
    day.item = unheld;
    const { calls } = openConsole(itemPath, looking, day);
    expect(await screen.findByText('Nobody holds this item.')).toBeDefined();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: /want to be able to look/ }).disabled).toBe(true);
    fireEvent.keyDown(document.body, { key: 'b' });
    fireEvent.keyDown(document.body, { key: 'S' });
    expect(calls.filter((call) => call.method !== 'GET')).toEqual([]);
    fireEvent.keyDown(document.body, { key: 'l' });
    await waitFor(() => expect(calls.some((call) => call.method === 'POST' && call.path.endsWith('/lease'))).toBe(true));
  });

  it('sends the decision made by keys, and goes to the next item', async () => {
    const { calls } = openConsole(itemPath, (call) =>
      call.path.endsWith('/assessments')
        ? { status: 201, body: { assessment_id: kDay.item.item_id, item_id: kDay.item.item_id, state: 'needs_second' } }
        : undefined,
    );
    fireEvent.change(await screen.findByRole('textbox', { name: /^Why/ }), { target: { value: 'as the match says' } });
    fireEvent.keyDown(document.body, { key: '2' });
    fireEvent.keyDown(document.body, { key: 'w' });
    await screen.findByText('Ready.');
    await screen.findByText(/Example Police/);
    fireEvent.keyDown(document.body, { key: 'S' });
    await screen.findByText('Fingerprints made off the node'); // the address-only item
    expect(calls.find((call) => call.path.endsWith('/assessments'))?.body).toEqual({
      act: 'b',
      age_band: 'prepubescent',
      viewed: 'not_viewed',
      declared_seconds: 0,
      reason: 'as the match says',
    });
  });

  it('hands out an address only on request, and counts what the member declares', async () => {
    const { calls } = openConsole(`/items/${kDay.addressOnly.item_id}`, looking);
    const button = await screen.findByRole('button', { name: 'Hand me the address' });
    expect(screen.queryByText('https://host.example.test/a')).toBeNull();
    fireEvent.click(button);
    await screen.findByText('https://host.example.test/a');
    fireEvent.change(screen.getByLabelText(/^Seconds that you looked/), { target: { value: '20' } });
    fireEvent.click(screen.getByRole('button', { name: 'Done, put it away' }));
    await waitFor(() => expect(screen.queryByText('https://host.example.test/a')).toBeNull());
    expect(calls.find((call) => call.path.endsWith('/close'))?.body).toEqual({ declared_seconds: 20 });
    expect(screen.getByRole<HTMLInputElement>('radio', { name: 'Viewed off the node' }).checked).toBe(true);
  });

  it('offers to send a referral only to whom the node would let', async () => {
    const day = makeDay(Date.now());
    day.referral = { ...day.referral, mine: false, referral: { ...day.referral.referral, state: 'drafted', urgent: false } };
    delete day.referral.referral.confirm_due_at;
    day.session = { ...day.session, member: { ...day.session.member, roles: ['analyst'] } };
    openConsole(`/referrals/${day.referral.referral.referral_id}`, undefined, day);
    await screen.findByText(/A manager who did not draft it/);
    expect(screen.queryByRole('button', { name: 'Approve and send' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Withdraw' })).toBeNull();
  });

  it('says that an approved notice is on its way, and does not ask again', async () => {
    const day = makeDay(Date.now());
    const { sent_at: _, closed_at: __, ...notice } = day.notice.notice;
    day.notice = { ...day.notice, mine: false, notice: { ...notice, state: 'drafted', approved_by: 'm-000000000001' } };
    openConsole(`/notices/${notice.notice_id}`, undefined, day);
    await screen.findByText('Approved: goes out in a moment');
    expect(screen.queryByRole('button', { name: 'Approve and send' })).toBeNull();
  });

  it('shows the law of a final verdict', async () => {
    openConsole(`/items/${kDay.decided.item_id}`);
    await screen.findByRole('heading', { name: 'What the law says' });
    await screen.findByText(/Example Police/);
  });

  it('does not let the drafter be the second member', async () => {
    const day = makeDay(Date.now());
    day.referral = { ...day.referral, mine: true };
    openConsole(`/referrals/${day.referral.referral.referral_id}`, undefined, day);
    await screen.findByText(/You drafted this one/);
    expect(screen.queryByRole('button', { name: 'Approve and send' })).toBeNull();
  });
});
