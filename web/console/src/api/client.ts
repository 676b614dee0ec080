import createClient, { type Middleware } from 'openapi-fetch';
import { problemOf, unreachable } from './problem';
import type { paths } from './schema.gen';

let csrf = '';
let clockAheadMs = 0;
let onSignedOut: () => void = () => {};

export function setCsrf(value: string): void {
  csrf = value;
}

// Called when the node says that nobody is signed in.
export function setSignedOutListener(listener: () => void): void {
  onSignedOut = listener;
}

// The node's clock, as far as its Date field tells: leases and deadlines are its own.
export function nodeNow(): number {
  return Date.now() + clockAheadMs;
}

const middleware: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET' && csrf !== '') request.headers.set('X-Tutela-Csrf', csrf);
    return request;
  },
  onResponse({ response }) {
    const date = Date.parse(response.headers.get('Date') ?? '');
    if (!Number.isNaN(date)) {
      const ahead = date - Date.now();
      clockAheadMs = Math.abs(ahead) > 2_000 ? ahead : 0; // the field has whole seconds
    }
    if (response.status === 401) onSignedOut();
  },
  onError() {
    return unreachable();
  },
};

export const client = createClient<paths>({
  baseUrl: globalThis.location.origin,
  cache: 'no-store',
  credentials: 'same-origin',
  fetch: (request) => globalThis.fetch(request),
});
client.use(middleware);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

// The data, or an ApiProblem thrown.
export async function answer<T>(pending: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await pending;
  if (!response.ok) throw problemOf(response.status, error);
  return data as T;
}

// The picture of an open view, drawn into memory only: it never has an address that could be cached, saved or dragged.
export async function fetchPicture(viewId: string): Promise<ImageBitmap> {
  const pending = client.GET('/v1/views/{view_id}/picture', { params: { path: { view_id: viewId } }, parseAs: 'blob' });
  return createImageBitmap(await answer(pending));
}
