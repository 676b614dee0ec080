// Path A, address only: a person reports an address, members look at it elsewhere, and the host is made to remove it.
import { look_up, answer_notice, notice_page, report_address, type_back } from './lib/door.mjs';
import { answer_referral, assess, claim, close_view, entries_of, has_nothing_of_the_reporter, item_of, look_off_node, open_view, referral_in_state } from './lib/desk.mjs';
import { holds, is, refused } from './lib/expect.mjs';
import { eventually, hash_file } from './lib/node.mjs';

const reporter = { text: 'It is the third picture of the page.', contact: 'reporter@mail.test' };
const abuse_desk = 'abuse@host.test';

export async function path_a(world, steps) {
  const step = steps.on('A');
  const { hotline, host, mail, anna, ben, mara, petra } = world;
  const address = host.serve('/album/3', world.photograph('FreshFlower.jpg'));
  const page = world.reporter;
  let receipt, item_id, report_id, notice, link, referral, incoming_id;

  await step('intake', 'the public door gives a receipt, without script', async () => {
    receipt = await report_address(page, hotline.url.public, { address, ...reporter });
  });

  await step('intake', 'receipt typed back', async () => {
    is('the page after a slip', await type_back(page, receipt.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))), 'Thank you. Your report has arrived.');
    is('the page after', await type_back(page, receipt.toLowerCase().replaceAll('-', ' ')), 'You have your receipt');
  });

  await step('intake', 'the receipt is good although the power went off right after it', async () => {
    await world.cut_power(hotline);
    await world.at('hotline_is_down');
    await hotline.start();
    is('the state', await look_up(page, hotline.url.public, receipt), { word: 'being checked', released: undefined });
  });

  await step('intake', 'the same address again is linked, not doubled', async (ids) => {
    const again = await report_address(page, hotline.url.public, { address: address.replace('http:', 'HTTP:') });
    holds('the second report has a receipt of its own', again !== receipt);
    const { items } = await anna.get('/v1/queue');
    is('items in the queue', items.length, 1);
    is('reports of it', items[0].reports, 2);
    item_id = ids.item = items[0].item_id;
    report_id = ids.report = (await item_of(anna, item_id)).reports.map((one) => one.report_id).sort()[0];
  });

  await step('review', 'facts first: no picture, no fingerprint, stay-down not possible', async () => {
    await refused('a view without a lease', open_view(anna, item_id, { mode: 'blurred' }), 409, 'lease.none');
    await claim(anna, item_id);
    await refused('a claim of what another holds', claim(ben, item_id), 409, 'lease.taken');
    const item = await item_of(anna, item_id);
    is('fingerprints', item.fingerprints, []);
    is('stay-down', item.stay_down, { possible: false, why_not: 'no_fingerprint' });
    await refused('a picture that is not here', open_view(anna, item_id, { mode: 'full' }), 409, 'item.no_picture');
  });

  await step('review', 'the address is handed out as a view, on record before it is given', async (ids) => {
    const item = await item_of(anna, item_id);
    const view = await open_view(anna, item_id, { mode: 'address', location_id: item.locations[0].location_id });
    const received_at = new Date().toISOString();
    is('the address', view.address, address);
    const handed = (await entries_of(mara, 'item', item_id, 'address.handed_out')).find((entry) => entry.kind === 'address.handed_out');
    is('the view on record', handed.payload.view, view.view_id);
    holds('it was recorded before the answer came', handed.at <= received_at);
    ids.view = view.view_id;
    const count = await close_view(anna, view.view_id, { declared_seconds: 40 });
    is('seconds counted', count.seconds, 40);
    is('exposure of the shift', (await anna.get('/v1/exposure')).mine.seconds_used, 40);
    await entries_of(mara, 'item', item_id, 'exposure.declared');
    is('requests of the node to the reported address', host.requests, []);
  });

  await step('review', 'a verdict needs two; the second is blind to the first', async (ids) => {
    await refused('"viewed here" of what was never here', assess(anna, item_id, { viewed: 'here' }), 409, 'review.not_viewed_here');
    is('after the first', (await assess(anna, item_id, { viewed: 'off_node', declared_seconds: 40 })).state, 'needs_second');
    await refused('the same member again', claim(anna, item_id), 409, 'review.same_member');
    const blind = await item_of(ben, item_id);
    is('what the second sees', [blind.assessments, blind.other_assessments, blind.my_assessment], [1, undefined, undefined]);
    await claim(ben, item_id);
    is('the address for the second', await look_off_node(ben, item_id, 15), address);
    const taken = await assess(ben, item_id, { viewed: 'off_node', declared_seconds: 15 });
    is('state', taken.state, 'final');
    is('verdict', [taken.verdict.act, taken.verdict.viewed_here], ['a', false]);
    ids.verdict = taken.verdict.verdict_id;
    is('stay-down of a verdict without fingerprint', (await item_of(mara, item_id)).stay_down, { possible: false, why_not: 'no_fingerprint' });
  });

  await step('routing', 'an unknown hosting country waits for a member, with a clock; nothing went out by itself', async (ids) => {
    const { tasks } = await mara.get('/v1/routing');
    const task = holds('a routing task', tasks.find((one) => one.subject_id === item_id));
    is('why', task.why, 'unknown_country');
    holds('its clock', task.due_at > new Date().toISOString());
    is('referrals before a member decided', (await item_of(mara, item_id)).referrals, []);
    await refused('a decision by an analyst', anna.post(`/v1/routing/${task.task_id}`, { decision: 'none', reason: 'x' }), 403, 'access.role');
    const decided = await mara.post(`/v1/routing/${task.task_id}`, { decision: 'refer', authority: 'police.test', reason: 'hosted behind a service at home' });
    Object.assign(ids, { task: task.task_id, referral: decided.referral_id });
    referral = (await mara.get(`/v1/referrals/${decided.referral_id}`)).referral;
  });

  await step('referral', 'what a member routed arrives at the police, without the reporter', async (ids) => {
    await mara.post(`/v1/referrals/${referral.referral_id}/approve`);
    const { incoming, message } = await world.arrived(referral.reference);
    incoming_id = ids.incoming = incoming.incoming_id;
    ids.reference = referral.reference;
    is('sender', [incoming.sender, message.sender], ['hotline.test', 'hotline.test']);
    is('subject', [message.subject.type, message.subject.act, message.subject.viewed], ['item', 'a', 'off_node']);
    is('addresses', message.subject.addresses.map((one) => one.address), [address]);
    has_nothing_of_the_reporter('the referral', message, reporter.contact, reporter.text);
  });

  await step('notice', 'the host has the mail', async (ids) => {
    notice = (await item_of(mara, item_id)).notices[0];
    ids.notice = notice.notice_id;
    is('its state before anybody let it go', notice.state, 'drafted');
    await mara.post(`/v1/notices/${notice.notice_id}/approve`, { contact: abuse_desk });
    const [letter] = await eventually('the mail is in the abuse mailbox', () => mail.to(abuse_desk).length && mail.to(abuse_desk));
    is('mails', mail.to(abuse_desk).length, 1);
    is('from', letter.from.value[0].address, 'notices@hotline.test');
    ids.message = letter.messageId;
    holds('it names the address', letter.text.includes(address));
    has_nothing_of_the_reporter('the mail', letter.text, reporter.contact, reporter.text);
    [link] = letter.text.match(/http\S+\/n\/\S+/);
    holds('the link leads to the host page', link.startsWith(`${hotline.url.portal}/n/`));
  });

  const notice_now = async () => (await mara.get(`/v1/notices/${notice.notice_id}`)).notice;

  await step('notice', 'reading the link changes nothing', async () => {
    is('a wrong link', (await notice_page(page, link.replace(/.$/, (last) => (last === '0' ? '1' : '0')))).status, 404);
    for (let i = 0; i < 3; ++i) is('the page', await notice_page(page, link), { status: 200, address, state: 'Open: waiting for your answer', open: true });
    const now = await notice_now();
    is('the notice', [now.state, now.answer], ['sent', undefined]);
  });

  await step('notice', 'answered "removed" while it still serves: stays open', async () => {
    is('the page after the answer', (await answer_notice(page, 'removed')).state, 'Open: answered, we look again');
    await eventually('the contradiction is seen', async () => (await notice_now()).contradicted);
    is('closed', (await notice_now()).closed_at, undefined);
    await refused('closing it', mara.post(`/v1/notices/${notice.notice_id}/close`, { reason: 'they said so' }), 409, 'notice.still_serving');
    is('the page now', (await notice_page(page, link)).state, 'Open: the address still answers');
    is('what the node asked the host for', [...new Set(host.requests.map((one) => one.method))], ['HEAD']);
  });

  await step('notice', 'the web server really stops: closed as removed', async () => {
    host.stop_serving('/album/3');
    await mara.post(`/v1/notices/${notice.notice_id}/check`);
    const now = await eventually('the notice is closed', async () => { const one = await notice_now(); return one.closed_at && one; });
    is('state', now.state, 'removed');
    is('the address', (await item_of(mara, item_id)).locations[0].state, 'gone');
    is('the host page', (await notice_page(page, link)).open, false);
    await entries_of(mara, 'item', item_id, 'notice.sent', 'notice.answered', 'notice.closed');
  });

  await step('outcome', 'the police say what came of it; the reporter reads a word that a member released', async () => {
    await answer_referral(petra, incoming_id, { answer: 'acknowledged' }, { answer: 'accepted' }, { answer: 'outcome', outcome: 'removed' });
    is('outcome at the hotline', (await referral_in_state(mara, referral.referral_id, 'outcome')).referral.outcome, 'removed');
    is('the reporter before', (await look_up(page, hotline.url.public, receipt)).released, undefined);
    await mara.post(`/v1/reports/${report_id}/word`, { word: 'removed' });
    is('the reporter after', await look_up(page, hotline.url.public, receipt),
      { word: 'being checked', released: 'What you reported can no longer be reached at the address you gave.' });
  });

  await path_a_with_fingerprints(world, step);
}

// A second address, where the analyst brings back what `tutela hash` said on the isolated station.
async function path_a_with_fingerprints(world, step) {
  const { hotline, host, anna, ben, mara, platform } = world;
  const picture = 'GreenMeadow.jpg';
  const station = await hash_file(world.photograph_file(picture));
  let item_id;

  await step('fingerprint', 'fingerprints made on the isolated station make stay-down possible', async (ids) => {
    const address = host.serve('/album/4', world.photograph(picture));
    await report_address(world.reporter, hotline.url.public, { address });
    item_id = ids.item = holds('the new item', (await anna.get('/v1/queue')).items[0]).item_id;
    await claim(anna, item_id);
    await look_off_node(anna, item_id, 5);
    const fingerprints = ['sha256', 'sha1', 'md5'].map((algorithm) => ({ algorithm, value: station[algorithm] }))
      .concat(['pdq', 'pdq_nearest512'].map((algorithm) => ({ algorithm, ...station[algorithm] })));
    const item = await anna.post(`/v1/items/${item_id}/fingerprints`, { fingerprints });
    is('where they were made', [...new Set(item.fingerprints.map((one) => one.origin))], ['off_node']);
    is('stay-down before a verdict', item.stay_down, { possible: false, why_not: 'no_verdict_yet' });
    await assess(anna, item_id, { viewed: 'off_node', declared_seconds: 5 });
    await claim(ben, item_id);
    await look_off_node(ben, item_id, 5);
    await assess(ben, item_id, { viewed: 'off_node', declared_seconds: 5 });
    is('stay-down', (await item_of(mara, item_id)).stay_down.possible, true);
  });

  await step('match', 'the same bytes at another address: decided by the entry, nobody needs to look again', async (ids) => {
    await report_address(world.reporter, hotline.url.public, { address: host.serve('/mirror/9', world.photograph(picture)) });
    const again = ids.item = holds('the new item', (await anna.get('/v1/queue')).items[0]).item_id;
    await claim(anna, again);
    const item = await anna.post(`/v1/items/${again}/fingerprints`, { fingerprints: [{ algorithm: 'sha256', value: station.sha256 }] });
    is('the item', [item.state, item.action, item.lease, item.assessments], ['final', 'block', undefined, 0]);
    is('its verdict', [item.verdict.act, item.verdict.viewed_here], ['a', false]);
    holds('whose it is', item.verdict.inherited_entry);
    is('notices', item.notices.map((one) => one.state), ['drafted']);
  });

  await step('stays_removed', 'a platform that uploads that picture is stopped at once', async (ids) => {
    const answer = await platform.report({ kind: 'content' }, { key: 'rehearsal-a-upload', media: world.photograph(picture) });
    ids.report = answer.report_id;
    is('the item', answer.items.map(({ item_id: id, state, action, known }) => [id, state, action, known]), [[item_id, 'final', 'block', true]]);
  });
}
