import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRouter, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { vi } from 'vitest';
import { tree } from '../router';
import { theme, variables } from '../theme';
import { answerFor, type Day, makeDay } from './fixtures';

export interface Call {
  method: string;
  path: string;
  body: unknown;
  csrf: string | null;
}

export type Reply = (call: Call, day: Day) => { status: number; body?: unknown } | undefined;

// The whole console on a made-up node: GETs are answered from the day, changes by `reply`.
export function openConsole(path: string, reply: Reply = () => undefined, day: Day = makeDay(Date.now())) {
  const calls: Call[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const text = await request.text();
    const call: Call = {
      method: request.method,
      path: new URL(request.url).pathname,
      body: text === '' ? undefined : JSON.parse(text),
      csrf: request.headers.get('X-Tutela-Csrf'),
    };
    calls.push(call);
    const found =
      reply(call, day) ?? (call.method === 'GET' ? { status: 200, body: answerFor(day, call.path) } : { status: 204 });
    const type = found.status >= 400 ? 'application/problem+json' : 'application/json';
    return new Response(found.body === undefined ? null : JSON.stringify(found.body), {
      status: found.status,
      headers: { 'Content-Type': type },
    });
  });
  const router = createRouter({ routeTree: tree, history: createMemoryHistory({ initialEntries: [path] }) });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false } } });
  const screen = render(
    <MantineProvider theme={theme} cssVariablesResolver={variables} env="test">
      <QueryClientProvider client={queries}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { calls, day, screen, router };
}
