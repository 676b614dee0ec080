import { queryOptions, type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, client } from './client';
import type { Act, AgeBand, LedgerSubjectType, Words } from './types';

// While the node carries something on by itself (sends, looks again), what came of it shows without a reload.
const kCarriedOnMs = 5_000;
const kOnTheirWay: readonly Words['ReferralState'][] = ['approved', 'sending', 'sent', 'acknowledged', 'accepted'];

// What may be about a person is forgotten as soon as its page is left.
const forgotten = { gcTime: 0, staleTime: 0 } as const;

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => answer(client.GET('/v1/session')),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

export const queueQuery = queryOptions({
  queryKey: ['queue'],
  queryFn: () => answer(client.GET('/v1/queue')),
  refetchInterval: 15_000,
});

// The items of one stack, in the queue's order.
export const stackQuery = (entry_id: string) =>
  queryOptions({
    queryKey: ['queue', entry_id],
    queryFn: () => answer(client.GET('/v1/queue', { params: { query: { stack: entry_id } } })),
    refetchInterval: 15_000,
  });

export const itemQuery = (item_id: string) =>
  queryOptions({
    queryKey: ['item', item_id],
    queryFn: () => answer(client.GET('/v1/items/{item_id}', { params: { path: { item_id } } })),
    ...forgotten,
  });

export const lawQuery = (item_id: string, act: Act, age_band: AgeBand) =>
  queryOptions({
    queryKey: ['law', item_id, act, age_band],
    queryFn: () => answer(client.GET('/v1/items/{item_id}/law', { params: { path: { item_id }, query: { act, age_band } } })),
  });

export const concernsQuery = queryOptions({ queryKey: ['concerns'], queryFn: () => answer(client.GET('/v1/concerns')) });

export const concernQuery = (concern_id: string) =>
  queryOptions({
    queryKey: ['concern', concern_id],
    queryFn: () => answer(client.GET('/v1/concerns/{concern_id}', { params: { path: { concern_id } } })),
    ...forgotten,
  });

export const referralsQuery = queryOptions({ queryKey: ['referrals'], queryFn: () => answer(client.GET('/v1/referrals')) });

export const referralQuery = (referral_id: string) =>
  queryOptions({
    queryKey: ['referral', referral_id],
    queryFn: () => answer(client.GET('/v1/referrals/{referral_id}', { params: { path: { referral_id } } })),
    ...forgotten,
    refetchInterval: ({ state }) =>
      state.data !== undefined && kOnTheirWay.includes(state.data.referral.state) ? kCarriedOnMs : false,
  });

export const routingQuery = queryOptions({ queryKey: ['routing'], queryFn: () => answer(client.GET('/v1/routing')) });

export const authoritiesQuery = queryOptions({ queryKey: ['authorities'], queryFn: () => answer(client.GET('/v1/authorities')) });

export const noticesQuery = queryOptions({ queryKey: ['notices'], queryFn: () => answer(client.GET('/v1/notices')) });

export const noticeQuery = (notice_id: string) =>
  queryOptions({
    queryKey: ['notice', notice_id],
    queryFn: () => answer(client.GET('/v1/notices/{notice_id}', { params: { path: { notice_id } } })),
    ...forgotten,
    refetchInterval: ({ state }) =>
      state.data?.notice.approved_by !== undefined && state.data.notice.closed_at === undefined ? kCarriedOnMs : false,
  });

export const incomingListQuery = queryOptions({ queryKey: ['incoming'], queryFn: () => answer(client.GET('/v1/incoming')) });

export const incomingQuery = (incoming_id: string) =>
  queryOptions({
    queryKey: ['incoming', incoming_id],
    queryFn: () => answer(client.GET('/v1/incoming/{incoming_id}', { params: { path: { incoming_id } } })),
    ...forgotten,
  });

export const reportQuery = (report_id: string) =>
  queryOptions({
    queryKey: ['report', report_id],
    queryFn: () => answer(client.GET('/v1/reports/{report_id}', { params: { path: { report_id } } })),
    ...forgotten,
  });

export const banksQuery = queryOptions({ queryKey: ['banks'], queryFn: () => answer(client.GET('/v1/banks')) });

export const entriesQuery = (bank_id: string) =>
  queryOptions({
    queryKey: ['entries', bank_id],
    queryFn: () => answer(client.GET('/v1/banks/{bank_id}/entries', { params: { path: { bank_id } } })),
  });

export const ledgerQuery = queryOptions({ queryKey: ['ledger'], queryFn: () => answer(client.GET('/v1/ledger')) });

export const ledgerSubjectQuery = (subject_type: LedgerSubjectType, subject_id: string) =>
  queryOptions({
    queryKey: ['ledger', subject_type, subject_id],
    queryFn: () =>
      answer(client.GET('/v1/ledger/{subject_type}/{subject_id}', { params: { path: { subject_type, subject_id } } })),
    ...forgotten,
  });

export const membersQuery = queryOptions({ queryKey: ['members'], queryFn: () => answer(client.GET('/v1/members')) });

export const retentionQuery = queryOptions({
  queryKey: ['retention'],
  queryFn: () => answer(client.GET('/v1/retention')),
  refetchInterval: kCarriedOnMs,
});

export const exposureQuery = queryOptions({ queryKey: ['exposure'], queryFn: () => answer(client.GET('/v1/exposure')) });

// A change; when it succeeds, everything on the screen is read again, but for the session.
export function useChange<Input, Output>(
  change: (input: Input) => Promise<Output>,
  then?: (output: Output, input: Input) => void,
): UseMutationResult<Output, Error, Input> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (output, input) => {
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
      then?.(output, input);
    },
  });
}
