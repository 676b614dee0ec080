import { Button, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { answer, client } from '../api/client';
import { queueQuery, sessionQuery } from '../api/queries';
import type { Queue, Role } from '../api/types';
import { formatDuration } from '../lib/time';
import { hasRole, useSession } from './session';

interface Place {
  to: string;
  label: string;
  roles: Role[] | 'all';
  count?: (counts: Queue['counts']) => number;
}

const kCaseReaders: Role[] = ['analyst', 'assessor', 'manager', 'auditor'];

export const kPlaces: readonly Place[] = [
  { to: '/queue', label: 'Queue', roles: [...kCaseReaders, 'welfare_lead'], count: (counts) => counts.items },
  { to: '/concerns', label: 'Concerns', roles: kCaseReaders, count: (counts) => counts.concerns },
  { to: '/routing', label: 'Routing', roles: kCaseReaders, count: (counts) => counts.routing },
  { to: '/referrals', label: 'Referrals', roles: kCaseReaders, count: (counts) => counts.referrals },
  { to: '/notices', label: 'Notices', roles: kCaseReaders, count: (counts) => counts.notices },
  { to: '/incoming', label: 'Incoming', roles: kCaseReaders, count: (counts) => counts.incoming },
  { to: '/ledger', label: 'Ledger', roles: ['manager', 'auditor'] },
  { to: '/retention', label: 'Retention', roles: ['admin', 'manager', 'auditor'] },
  { to: '/members', label: 'Members', roles: ['admin', 'manager', 'auditor'] },
  { to: '/banks', label: 'Banks', roles: [...kCaseReaders, 'admin'] },
  { to: '/authorities', label: 'Authorities', roles: 'all' },
  { to: '/exposure', label: 'Exposure', roles: 'all' },
];

export function Shell() {
  const session = useSession();
  const queries = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const readsQueue = hasRole(session, ...kCaseReaders, 'welfare_lead');
  const queue = useQuery({ ...queueQuery, enabled: readsQueue });

  async function signOut() {
    await answer(client.DELETE('/v1/session')).catch(() => undefined);
    queries.clear();
    await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
    window.location.assign('/');
  }

  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="bar">
        <span className="name">{session.node.name}</span>
        {session.node.demo && <span className="chip">Demo: reaches this machine only</span>}
        {!session.node.mandate_valid && <span className="chip">No mandate: no media</span>}
        {queue.data !== undefined && (
          <span className="chip" data-phase={queue.data.exposure.seconds_left < 120 ? 'soon' : 'calm'}>
            Exposure left: {formatDuration(queue.data.exposure.seconds_left * 1_000)}
          </span>
        )}
        <Link className="link push" to="/break">
          Take a break
        </Link>
        <Link className="link" to="/help">
          Need help now?
        </Link>
        <SegmentedControl
          size="xs"
          aria-label="Colours"
          value={colorScheme}
          onChange={(value) => setColorScheme(value)}
          data={[
            { value: 'auto', label: 'Auto' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
        <Button size="xs" variant="default" onClick={() => void signOut()}>
          Sign out {session.member.login}
        </Button>
      </header>
      <nav className="nav" aria-label="Places">
        <ul>
          {kPlaces
            .filter((place) => place.roles === 'all' || hasRole(session, ...place.roles))
            .map((place) => (
              <li key={place.to}>
                <Link to={place.to}>
                  {place.label}
                  {place.count !== undefined && queue.data !== undefined && (
                    <span className="count">{place.count(queue.data.counts)}</span>
                  )}
                </Link>
              </li>
            ))}
        </ul>
      </nav>
      <main className="main" id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
