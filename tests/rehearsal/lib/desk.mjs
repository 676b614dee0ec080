// What members do again and again at the console.
import { is } from './expect.mjs';
import { eventually } from './node.mjs';

export const item_of = (member, item_id) => member.get(`/v1/items/${item_id}`);
export const claim = (member, item_id) => member.post(`/v1/items/${item_id}/lease`);
export const open_view = (member, item_id, view) => member.post(`/v1/items/${item_id}/views`, view);
export const close_view = (member, view_id, declared = {}) => member.post(`/v1/views/${view_id}/close`, declared);

export function assess(member, item_id, judgement) {
  return member.post(`/v1/items/${item_id}/assessments`, { age_band: 'prepubescent', act: 'a', declared_seconds: 0, reason: 'a drawn example', ...judgement });
}

// The address of an item, handed out to the member, opened elsewhere and declared. Gives the address.
export async function look_off_node(member, item_id, seconds) {
  const item = await item_of(member, item_id);
  const view = await open_view(member, item_id, { mode: 'address', location_id: item.locations[0].location_id });
  await close_view(member, view.view_id, { declared_seconds: seconds });
  return view.address;
}

// The numbered entries about a subject, once the last of `kinds` is among them.
export function entries_of(manager, type, id, ...kinds) {
  return eventually(`the ledger has ${kinds.join(', ')} of ${type} ${id}`, async () => {
    const { entries } = await manager.get(`/v1/ledger/${type}/${id}`);
    return kinds.every((kind) => entries.some((entry) => entry.kind === kind)) && entries.map((entry) => ({ ...entry, payload: JSON.parse(entry.payload) }));
  });
}

export async function answer_referral(member, incoming_id, ...answers) {
  for (const answer of answers) await member.post(`/v1/incoming/${incoming_id}/answer`, answer);
}

// The sender's own view of its referral, once it has that state.
export async function referral_in_state(member, referral_id, ...states) {
  return eventually(`referral ${referral_id} is ${states.join(' or ')}`, async () => {
    const detail = await member.get(`/v1/referrals/${referral_id}`);
    return states.includes(detail.referral.state) && detail;
  });
}

export function has_nothing_of_the_reporter(what, message, ...secrets) {
  const text = JSON.stringify(message);
  for (const secret of secrets) is(`${what} says "${secret}"`, text.includes(secret), false);
}
