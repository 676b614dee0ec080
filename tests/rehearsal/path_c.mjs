// Path C, no content: a teacher's worry, filed at once by the one member on shift and confirmed by a second.
import { look_up, report_worry } from './lib/door.mjs';
import { answer_referral, entries_of, has_nothing_of_the_reporter, referral_in_state } from './lib/desk.mjs';
import { holds, is, refused } from './lib/expect.mjs';

const worry = {
  kind: 'grooming',
  in_danger_now: true,
  text: 'A pupil told me that a grown-up from a game wants to meet tonight.',
  child: 'A pupil of class 4, plays as "Otter"',
  account: 'player1@game.test',
  contact: 'teacher@school.test',
};
const statement = 'A child is to meet an unknown adult tonight; the account is known.';

export async function path_c(world, steps) {
  const step = steps.on('C');
  const { hotline, anna, ben, mara, petra } = world;
  let receipt, concern, referral, incoming_id;
  const refer = (member) => member.post(`/v1/concerns/${concern.concern_id}/referral`, { authority: 'police.test', urgent: true, statement });

  await step('intake', "a teacher's worry through the public door", async () => {
    receipt = await report_worry(world.reporter, hotline.url.public, worry);
    is('the receipt', (await look_up(world.reporter, hotline.url.public, receipt)).word, 'being checked');
  });

  await step('review', 'in danger now stands first, with a clock; reading it is on record', async (ids) => {
    const { concerns } = await anna.get('/v1/concerns');
    [concern] = concerns;
    ids.concern = concern.concern_id;
    is('the first concern', [concern.kind, concern.in_danger_now], ['grooming', true]);
    holds('its clock', concern.due_at > concern.received_at);
    const detail = await anna.get(`/v1/concerns/${concern.concern_id}`);
    is('persons', detail.persons.map((one) => [one.role, one.description]), [['child_at_risk', worry.child]]);
    is('indicators', detail.indicators.map((one) => [one.type, one.value]), [['account', worry.account]]);
    await entries_of(mara, 'concern', concern.concern_id, 'concern.received', 'detail.read');
    await refused('filing before it is assessed', refer(anna), 409, 'concern.not_assessed');
    const assessed = await anna.post(`/v1/concerns/${concern.concern_id}/assessment`, { assessment: 'urgent', reason: 'a meeting tonight' });
    is('assessment', assessed.concern.assessment, 'urgent');
  });

  await step('referral', 'the one member on shift files it; the police have it', async (ids) => {
    referral = (await refer(anna)).referral;
    const { incoming, message } = await world.arrived(referral.reference);
    Object.assign(ids, { referral: referral.referral_id, incoming: incoming.incoming_id });
    incoming_id = incoming.incoming_id;
    is('urgent', [incoming.urgent, message.urgent], [true, true]);
    is('subject', [message.subject.type, message.subject.kind, message.subject.assessment, message.subject.statement], ['concern', 'grooming', 'urgent', statement]);
    is('persons', message.persons.map((one) => [one.role, one.description]), [['child_at_risk', worry.child]]);
    is('indicators', message.indicators.map((one) => [one.type, one.value]), [['account', worry.account]]);
    has_nothing_of_the_reporter('the referral', message, worry.contact);
  });

  await step('referral', 'a second member confirms within 24 hours; the first cannot', async () => {
    const { referral: now } = await referral_in_state(anna, referral.referral_id, 'sent', 'acknowledged');
    const hours = (Date.parse(now.confirm_due_at) - Date.parse(now.drafted_at)) / 3_600_000;
    holds(`confirmed within ${hours} hours`, hours > 23.9 && hours <= 24.1);
    await refused('a confirmation by the same member', anna.post(`/v1/referrals/${referral.referral_id}/confirm`), 403, 'approval.same_member');
    const confirmed = await ben.post(`/v1/referrals/${referral.referral_id}/confirm`);
    holds('who confirmed', confirmed.referral.confirmed_by && confirmed.referral.confirmed_by !== confirmed.referral.approved_by);
    const entries = await entries_of(mara, 'referral', referral.referral_id, 'referral.sent_urgently', 'referral.confirmed');
    is('late', entries.find((entry) => entry.kind === 'referral.confirmed').payload.late, false);
  });

  await step('outcome', 'the police safeguard the child; the teacher reads the word that was released', async () => {
    await answer_referral(petra, incoming_id, { answer: 'acknowledged' }, { answer: 'accepted' }, { answer: 'outcome', outcome: 'child_safeguarded' });
    is('outcome', (await referral_in_state(mara, referral.referral_id, 'outcome')).referral.outcome, 'child_safeguarded');
    await mara.post(`/v1/reports/${concern.report_id}/word`, { word: 'child_safeguarded' });
    is('the teacher reads', (await look_up(world.reporter, hotline.url.public, receipt)).released, 'A child is safer because of what was reported.');
  });
  return { concern_id: concern.concern_id };
}
