import { Navigate } from '@tanstack/react-router';
import { kPlaces } from '../ui/Shell';
import { hasRole, useSession } from '../ui/session';

// The first place that this member works in.
export function HomePage() {
  const session = useSession();
  const place = kPlaces.find(({ roles }) => roles === 'all' || hasRole(session, ...roles));
  return <Navigate to={place?.to ?? '/exposure'} replace />;
}
