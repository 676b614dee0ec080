import '@mantine/core/styles.css';
import './app.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { setSignedOutListener } from './api/client';
import { ApiProblem } from './api/problem';
import { sessionQuery } from './api/queries';
import { router } from './router';
import { theme, variables } from './theme';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays a refusal; only a node that is away for a moment is asked again.
      retry: (count, error) => count < 2 && error instanceof ApiProblem && error.problem.status >= 500,
      refetchOnWindowFocus: false, // reading what is about a person is recorded: only on purpose
    },
  },
});
setSignedOutListener(() => {
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  queries.setQueryData(sessionQuery.queryKey, null as never);
});

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no root');

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
