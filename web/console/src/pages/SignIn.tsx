import { Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { answer, client } from '../api/client';
import { sessionQuery } from '../api/queries';
import { ProblemBox } from '../ui/basics';
import { HelpText } from './Calm';

export function SignInPage() {
  const queries = useQueryClient();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => answer(client.POST('/v1/session', { body: { login, password } })),
    onSuccess: (session) => queries.setQueryData(sessionQuery.queryKey, session),
    onError: () => setPassword(''),
  });
  useEffect(() => {
    document.title = 'Sign in · Tutela';
  }, []);
  return (
    <main className="narrow">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <Stack>
          <div>
            <Title order={1} size="h2">
              Sign in
            </Title>
            <Text className="dim">For members of this organisation. Whoever wants to report something uses the public door.</Text>
          </div>
          <TextInput
            label="Login"
            autoComplete="username"
            required
            maxLength={64}
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            maxLength={256}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          />
          {signIn.isError && <ProblemBox error={signIn.error} />}
          <Button type="submit" loading={signIn.isPending}>
            Sign in
          </Button>
          <details>
            <summary>Need help now?</summary>
            <HelpText />
          </details>
        </Stack>
      </form>
    </main>
  );
}
