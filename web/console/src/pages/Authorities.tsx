import { Button, Group, NativeSelect, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, client } from '../api/client';
import { authoritiesQuery, useChange } from '../api/queries';
import { entriesOf, plural } from '../lib/words';
import { Empty, Loaded, Moment, Page, ProblemBox, Section } from '../ui/basics';
import { DataTable } from '../ui/DataTable';
import { hasRole, useSession } from '../ui/session';

const kKinds = {
  police: 'Police',
  hotline: 'Hotline',
  clearing_house: 'Clearing house',
  regulator: 'Regulator',
} as const;
type Kind = keyof typeof kKinds;

const kBlank = { name: '', title: '', country: '', url: '', token: '' };

function Adopt() {
  const [fields, setFields] = useState(kBlank);
  const [kind, setKind] = useState<Kind | ''>('');
  const adopt = useChange(
    () => answer(client.POST('/v1/authorities', { body: kind === '' ? fields : { ...fields, kind } })),
    () => {
      setFields(kBlank);
      setKind('');
    },
  );
  const field = (name: keyof typeof kBlank) => ({
    required: true,
    withAsterisk: true,
    autoComplete: 'off',
    value: fields[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => setFields({ ...fields, [name]: event.currentTarget.value }),
  });
  return (
    <Section title="Adopt an authority">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          adopt.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            description="Short, in small letters; stays for ever."
            pattern="[a-z0-9._\-]{1,64}"
            {...field('name')}
          />
          <TextInput label="Title" description="Its official name." maxLength={200} {...field('title')} />
          <NativeSelect
            label="What it is there"
            description="Without it, only a member routes to it from abroad."
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value as Kind | '')}
            data={[{ value: '', label: 'Not said' }, ...entriesOf(kKinds).map(([value, label]) => ({ value, label }))]}
          />
          <TextInput label="Country" description="Two capital letters." pattern="[A-Z]{2}" maxLength={2} {...field('country')} />
          <TextInput label="Address of its machine listener" type="url" {...field('url')} />
          <PasswordInput
            label="Token that it gave us"
            description="Sealed at once and never shown again."
            minLength={16}
            maxLength={512}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
            {...field('token')}
          />
          {adopt.isError && <ProblemBox error={adopt.error} />}
          <Group>
            <Button type="submit" loading={adopt.isPending}>
              Adopt
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

export function AuthoritiesPage() {
  const session = useSession();
  const query = useQuery(authoritiesQuery);
  return (
    <Page title="Authorities" intro="Where this node may file. Nothing leaves it to anywhere else.">
      <Loaded query={query}>
        {({ authorities }) =>
          authorities.length === 0 ? (
            <Empty title="No authority is adopted yet.">
              An administrator or manager adopts one with the address and the token that the authority gave, after an agreement
              between the two.
            </Empty>
          ) : (
            <DataTable
              caption={plural(authorities.length, 'authority', 'authorities')}
              rows={authorities}
              keyOf={(authority) => authority.name}
              columns={[
                { head: 'Name', cell: (authority) => authority.name },
                { head: 'Title', cell: (authority) => authority.title },
                { head: 'Country', cell: (authority) => authority.country },
                { head: 'Listener', cell: (authority) => <span className="mono">{authority.url}</span> },
                { head: 'Adopted by', cell: (authority) => authority.adopted_by },
                { head: 'Since', cell: (authority) => <Moment time={authority.created_at} /> },
              ]}
            />
          )
        }
      </Loaded>
      {hasRole(session, 'admin', 'manager') && <Adopt />}
    </Page>
  );
}
