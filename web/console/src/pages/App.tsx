import { Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { setCsrf } from '../api/client';
import { asProblem } from '../api/problem';
import { sessionQuery } from '../api/queries';
import { ProblemBox } from '../ui/basics';
import { Shell } from '../ui/Shell';
import { SessionProvider } from '../ui/session';
import { SignInPage } from './SignIn';

// Signed in or not: the address stays, so that a link into the console works after signing in.
export function App() {
  const session = useQuery(sessionQuery);
  if (session.isPending) return <Loader size="sm" m="xl" aria-label="Loading" role="status" />;
  if (session.isError && asProblem(session.error).status !== 401)
    return (
      <main className="narrow">
        <ProblemBox error={session.error} />
      </main>
    );
  if (!session.data) return <SignInPage />;
  setCsrf(session.data.csrf);
  return (
    <SessionProvider value={session.data}>
      <Shell />
    </SessionProvider>
  );
}
