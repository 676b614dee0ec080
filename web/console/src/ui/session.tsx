import { createContext, useContext } from 'react';
import type { Role, Session } from '../api/types';

const SessionContext = createContext<Session | undefined>(undefined);

export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('used outside a session');
  return session;
}

// Only to leave out what would be refused anyway: the server decides.
export function hasRole(session: Session, ...roles: Role[]): boolean {
  return session.member.roles.some((role) => roles.includes(role));
}
