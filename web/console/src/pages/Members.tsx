import { Button, Checkbox, Group, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { membersQuery, useChange } from '../api/queries';
import type { Role } from '../api/types';
import { entriesOf, kRoles, plural } from '../lib/words';
import { Chip, Loaded, Moment, Page, ProblemBox, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { hasRole, useSession } from '../ui/session';

function AddMember() {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [roles, setRoles] = useState<string[]>([]);
  const add = useChange(
    () => answer(client.POST('/v1/members', { body: { login, password, roles: roles as Role[] } })),
    () => {
      setLogin('');
      setPassword('');
      setRoles([]);
    },
  );
  return (
    <Section title="Add a member">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (roles.length > 0) add.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Login"
            required
            withAsterisk
            autoComplete="off"
            pattern="[a-z0-9._\-]{1,64}"
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
          />
          <PasswordInput
            label="First password"
            description="At least 12 characters. Hand it over in person."
            required
            withAsterisk
            minLength={12}
            maxLength={256}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Checkbox.Group label="Roles" withAsterisk value={roles} onChange={setRoles}>
            <div className="choices">
              {entriesOf(kRoles).map(([value, label]) => (
                <Checkbox key={value} value={value} label={label} />
              ))}
            </div>
          </Checkbox.Group>
          {add.isError && <ProblemBox error={add.error} />}
          <Group>
            <Button type="submit" loading={add.isPending} disabled={roles.length === 0}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

export function MembersPage() {
  const session = useSession();
  const query = useQuery(membersQuery);
  return (
    <Page title="Members" intro="Outside the organisation, and in the ledger, a member appears only by the pseudonym.">
      <Loaded query={query}>
        {({ members }) => (
          <DataTable
            caption={plural(members.length, 'member', 'members')}
            rows={members}
            keyOf={(member) => member.member_id}
            columns={[
              { head: 'Login', cell: (member) => member.login },
              { head: 'Pseudonym', cell: (member) => member.pseudonym },
              {
                head: 'Roles',
                cell: (member) => (
                  <Group gap={4}>
                    {member.roles.map((role) => (
                      <Chip key={role}>{kRoles[role]}</Chip>
                    ))}
                  </Group>
                ),
              },
              { head: 'Active', cell: (member) => (member.active ? 'Yes' : 'No') },
              { head: 'Since', cell: (member) => <Moment time={member.created_at} /> },
            ]}
          />
        )}
      </Loaded>
      {hasRole(session, 'admin') && <AddMember />}
    </Page>
  );
}
