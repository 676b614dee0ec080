// Path B, platform upload: a platform sends a photograph, two members decide, the police are told, and it stays removed.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { look_up } from './lib/door.mjs';
import { answer_referral, assess, claim, close_view, entries_of, item_of, open_view, referral_in_state } from './lib/desk.mjs';
import { holds, is, refused } from './lib/expect.mjs';
import { eventually, hash_file, sleep } from './lib/node.mjs';
import { png_facts } from './lib/png.mjs';

const picture = 'Dune.jpg';
const digest = (algorithm, bytes) => createHash(algorithm).update(bytes).digest('hex');

export async function path_b(world, steps) {
  const step = steps.on('B');
  const { hotline, platform, anna, ben, mara } = world;
  const photo = world.photograph(picture);
  const report = { kind: 'content', text: 'uploaded to a group', uploader_country: 'DE' };
  let accepted, item_id, own;

  await step('intake', 'a platform hands in a photograph; sent again, the same answer', async (ids) => {
    const sent = await world.at('picture_is_on_its_way', photo);
    accepted = await platform.report(report, { key: 'rehearsal-b-1', media: sent });
    item_id = ids.item = accepted.items[0].item_id;
    ids.report = accepted.report_id;
    is('the answer to the same again', await platform.report(report, { key: 'rehearsal-b-1', media: sent }), accepted);
    await refused('another report under that key', platform.report({ ...report, text: 'other' }, { key: 'rehearsal-b-1', media: sent }), 409, 'report.repeated_key');
    is('the word for the platform', (await platform.get(`/v1/reports/${accepted.report_id}/status`)).word, 'being_checked');
    is('items', accepted.items.map(({ state, action, known }) => [state, action, known]), [['queued', 'none', false]]);
  });

  await step('decode', 'the decoder tells facts and what the camera wrote', async () => {
    const { facts, fingerprints } = await item_of(anna, item_id);
    is('trouble', accepted.items[0].decode_reason, undefined);
    is('facts', [facts.has_picture, facts.format, facts.width, facts.height], [true, 'jpeg', 1680, 1050]);
    is('capture', [facts.device, facts.captured_at?.slice(0, 10)], ['Canon Canon EOS DIGITAL REBEL', '2007:08:06']);
    is('fingerprints', fingerprints.map((one) => `${one.algorithm} ${one.origin}`).sort(), ['md5', 'pdq', 'pdq_nearest512', 'sha1', 'sha256'].map((one) => `${one} node`));
  });

  await step('decode', 'a broken file is kept with its report, and says why', async (ids) => {
    const answer = await platform.report({ kind: 'content' }, { key: 'rehearsal-b-broken', media: photo.subarray(0, 20_000) });
    ids.report = answer.report_id;
    is('the reason', answer.items[0].decode_reason, 'media.truncated');
    is('the decoder afterwards', (await item_of(anna, item_id)).facts.width, 1680);
  });

  await step('review', 'views: blurred, grey, full; real PNG, never stored, seconds counted', async () => {
    await claim(anna, item_id);
    const before = (await anna.get('/v1/exposure')).mine;
    for (const [mode, side, colour] of [['blurred', 384, 'grey'], ['grey', 512, 'grey'], ['full', 1024, 'rgb']]) {
      const view = await open_view(anna, item_id, { mode });
      const shown = await anna.get_bytes(`/v1/views/${view.view_id}/picture`);
      const png = png_facts(shown.bytes);
      is(`the ${mode} picture`, [Math.max(png.width, png.height), png.colour], [side, colour]);
      is('its caching', shown.headers.get('cache-control'), 'no-store');
      await refused('the view of another member', ben.get(`/v1/views/${view.view_id}/picture`), 404, 'view.unknown');
      if (mode === 'full') {
        await sleep(1100);
        const beat = await anna.post(`/v1/views/${view.view_id}/beat`);
        holds(`${beat.seconds} seconds counted while it was shown`, beat.seconds >= 2);
      }
      await close_view(anna, view.view_id);
      await refused('a closed view', anna.get(`/v1/views/${view.view_id}/picture`), 409, 'view.closed');
    }
    const used = (await anna.get('/v1/exposure')).mine.seconds_used - before.seconds_used;
    holds(`${used} seconds of exposure`, used >= 4 && used <= 20);
    const entries = await entries_of(mara, 'item', item_id, 'item.viewed', 'item.view_closed');
    is('views on record', entries.filter((entry) => entry.kind === 'item.viewed').map((entry) => entry.payload.mode), ['blurred', 'grey', 'full']);
  });

  await step('review', 'two members agree: the verdict is final', async (ids) => {
    is('after the first', (await assess(anna, item_id, { viewed: 'here' })).state, 'needs_second');
    await claim(ben, item_id);
    const view = await open_view(ben, item_id, { mode: 'grey' });
    await ben.get_bytes(`/v1/views/${view.view_id}/picture`);
    const taken = await assess(ben, item_id, await world.at('second_assessor_judges', { viewed: 'here' }));
    is('state', taken.state, 'final');
    is('verdict', [taken.verdict.act, taken.verdict.viewed_here], ['a', true]);
    ids.verdict = taken.verdict.verdict_id;
  });

  await step('fingerprint', 'the fingerprints are those that the platform computes by itself', async () => {
    own = await own_fingerprints(world, photo);
    for (const one of own) {
      const [{ matches }] = (await platform.post('/v1/match', { fingerprints: [one] })).answers;
      is(`${one.algorithm} of the platform`, matches.map((match) => [match.algorithm, match.distance]), [[one.algorithm, 0]]);
    }
  });

  let entry;
  await step('match', 'the entry answers for what is like it, and for nothing else', async (ids) => {
    const { banks } = await mara.get('/v1/banks');
    const { entries } = await mara.get(`/v1/banks/${banks.find((bank) => bank.name === 'decided-here').bank_id}/entries`);
    entry = holds('the entry', entries.find((one) => one.item_id === item_id));
    ids.entry = entry.entry_id;
    await world.at('entry_is_in_the_bank', entry);
    const [near, far] = await Promise.all([pdq_of(world, await world.recompressed(picture)), pdq_of(world, world.photograph('Storm.jpg'))]);
    const { answers } = await platform.post('/v1/match', { fingerprints: [near, far, own[0]] });
    is('who matches', answers.map(({ matches }) => matches.map((match) => match.entry_id)), [[entry.entry_id], [], [entry.entry_id]]);
    const [hit] = answers[0].matches;
    holds(`distance ${hit.distance} within ${hit.threshold}`, hit.distance > 0 && hit.distance <= hit.threshold);
    is('what they lead to', [hit.effect, answers[2].matches[0].effect], ['holds', 'inherits']);
  });

  await path_b_stays_removed(world, step, { item_id, entry, photo });

  let referral;
  await step('routing', 'the law tells whom; the referral is drafted by itself, and waits', async (ids) => {
    const law = await mara.get(`/v1/items/${item_id}/law?act=a&age_band=prepubescent`);
    is('illegal in', [...new Set(law.illegal_where.map((one) => one.country))], ['DE']);
    const item = await item_of(mara, item_id);
    is('routing tasks', item.routing, []);
    is('referrals', item.referrals.map((one) => [one.authority, one.state]), [['police.test', 'drafted']]);
    referral = item.referrals[0];
    ids.referral = referral.referral_id;
    is('what was sent so far', world.wire.filings(referral.reference), []);
  });

  await path_b_is_sent(world, step, { item_id, referral, photo });

  await step('outcome', 'the word that a member released stands behind the receipt', async () => {
    is('before', (await look_up(world.reporter, hotline.url.public, accepted.receipt)).released, undefined);
    await mara.post(`/v1/reports/${accepted.report_id}/word`, { word: 'child_safeguarded' });
    is('after', await look_up(world.reporter, hotline.url.public, accepted.receipt), { word: 'being checked', released: 'A child is safer because of what was reported.' });
    is('for the platform', (await platform.get(`/v1/reports/${accepted.report_id}/status`)).released_word, 'child_safeguarded');
  });
  return { item_id };
}

async function own_fingerprints(world, bytes) {
  const station = await hash_bytes(world, bytes);
  return ['sha256', 'sha1', 'md5'].map((algorithm) => ({ algorithm, value: digest(algorithm, bytes) }))
    .concat(['pdq', 'pdq_nearest512'].map((algorithm) => ({ algorithm, ...station[algorithm] })));
}

async function hash_bytes(world, bytes) {
  const file = join(world.folder, `${digest('sha256', bytes)}.jpg`);
  writeFileSync(file, bytes);
  return hash_file(file);
}

async function pdq_of(world, bytes) {
  return { algorithm: 'pdq', ...(await hash_bytes(world, bytes)).pdq };
}

async function path_b_stays_removed(world, step, { item_id, entry, photo }) {
  const { platform, anna } = world;

  await step('stays_removed', 'the very same file: blocked, with the verdict that stands', async (ids) => {
    const answer = await platform.report({ kind: 'content' }, { key: 'rehearsal-b-again', media: photo });
    ids.report = answer.report_id;
    is('the item', answer.items.map((one) => [one.item_id, one.state, one.action, one.known]), [[item_id, 'final', 'block', true]]);
  });

  await step('stays_removed', 'by its SHA-1 alone it is only held: who can forge a digest must not block', async (ids) => {
    const answer = await platform.report({ kind: 'content', fingerprints: [{ algorithm: 'sha1', value: digest('sha1', photo) }] }, { key: 'rehearsal-b-hash' });
    const [one] = answer.items;
    ids.item = one.item_id;
    is('the item', [one.state, one.action, one.known, one.matches[0].entry_id], ['matched', 'hold', true, entry.entry_id]);
    is('its verdict', (await item_of(anna, one.item_id)).verdict, undefined);
  });

  await step('stays_removed', 'the same picture, smaller and compressed again: held at once, below what is new', async (ids) => {
    const variant = await world.at('picture_is_uploaded_again', await world.recompressed(picture));
    const answer = await platform.report({ kind: 'content' }, { key: 'rehearsal-b-variant', media: variant });
    const [held] = answer.items;
    ids.item = held.item_id;
    is('the item', [held.state, held.action, held.known], ['matched', 'hold', true]);
    holds('by the entry', held.matches.some((match) => match.entry_id === entry.entry_id && match.effect === 'holds'));
    const unseen = (await platform.report({ kind: 'content' }, { key: 'rehearsal-b-new', media: world.photograph('Storm.jpg') })).items[0];
    is('another picture', [unseen.state, unseen.action, unseen.known], ['queued', 'none', false]);
    const queue = (await anna.get('/v1/queue')).items.map((row) => row.item_id);
    holds('what is new stands above what is known', queue.indexOf(unseen.item_id) >= 0 && queue.indexOf(unseen.item_id) < queue.indexOf(held.item_id));
  });
}

async function path_b_is_sent(world, step, { item_id, referral, photo }) {
  const { hotline, police, wire, mara, anna, petra } = world;
  let incoming_id;

  await step('referral', 'the power goes off on both sides while it is on its way: nothing lost, nothing twice', async (ids) => {
    // The police take it and their answer is lost; in that moment both go down.
    const both_down = new Promise((done) => {
      wire.lose = (request) => request.method === 'POST' && request.key === referral.reference && wire.filings(referral.reference).length === 1;
      wire.on_loss = () => done(world.cut_power(hotline, police));
    });
    await mara.post(`/v1/referrals/${referral.referral_id}/approve`).catch(() => {});
    await Promise.race([both_down, eventually('the referral is on the wire', () => wire.filings(referral.reference).length)]);
    await both_down;
    await Promise.all([hotline.start(), police.start()]);
    const sent = await referral_in_state(mara, referral.referral_id, 'sent');
    const filings = wire.filings(referral.reference);
    // The hotline may have been up before the police were.
    const answered = filings.filter((one) => one.status);
    is('answers of the police', answered.map((one) => one.status), [201, 200]);
    is('the second answer', answered[1].answer, answered[0].answer);
    holds('both times the same bytes', filings.every((one) => one.body === filings[0].body));
    is('referrals at the police', (await petra.get('/v1/incoming')).incoming.filter((one) => one.reference === referral.reference).length, 1);
    const { incoming, message } = await world.arrived(referral.reference);
    Object.assign(ids, { reference: referral.reference, incoming: incoming.incoming_id });
    incoming_id = incoming.incoming_id;
    is('what arrived', message, sent.message);
    is('its SHA-256 there', message.subject.fingerprints.find((one) => one.algorithm === 'sha256').value, digest('sha256', photo));
    is('its capture facts there', [message.subject.viewed, message.subject.capture?.device], ['here', 'Canon Canon EOS DIGITAL REBEL']);
    const entries = await entries_of(mara, 'item', item_id, 'referral.sent');
    is('deliveries on record', entries.filter((entry) => entry.kind === 'referral.sent').length, 1);
  });

  await step('referral', 'a correction arrives beside the first message', async () => {
    const before = (await world.arrived(referral.reference)).message;
    await anna.post(`/v1/referrals/${referral.referral_id}/correct`, { text: 'the group has another name' });
    const now = await eventually('the supplement is at the police', async () => {
      const detail = await petra.get(`/v1/incoming/${incoming_id}`);
      return detail.supplements.length && detail;
    });
    is('supplement', now.supplements.map(({ sequence, kind, text }) => [sequence, kind, text]), [[1, 'correction', 'the group has another name']]);
    is('the first message', now.message, before);
    await eventually('its acknowledgement', async () => (await mara.get(`/v1/referrals/${referral.referral_id}`)).supplements[0].acknowledged_at);
    const on_the_wire = wire.requests.find((one) => one.path === `/v1/exchange/referrals/${referral.reference}/supplements`);
    is('its key', [on_the_wire.key, on_the_wire.status], [`${referral.reference}.1`, 201]);
  });

  await step('outcome', 'the police acknowledge, accept and tell an outcome; the hotline shows it', async () => {
    await answer_referral(petra, incoming_id, { answer: 'acknowledged' }, { answer: 'accepted' }, { answer: 'outcome', outcome: 'child_safeguarded' });
    const { referral: now } = await referral_in_state(mara, referral.referral_id, 'outcome');
    is('outcome', now.outcome, 'child_safeguarded');
    holds('when it was acknowledged', now.acknowledged_at);
    await entries_of(mara, 'item', item_id, 'referral.acknowledged', 'referral.accepted', 'referral.outcome');
  });
}
