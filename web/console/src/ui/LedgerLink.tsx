import { Link } from '@tanstack/react-router';
import type { LedgerSubjectType } from '../api/types';
import { hasRole, useSession } from './session';

// To the record of one subject, for who may read the ledger.
export function LedgerLink({ subjectType, subjectId }: { subjectType: LedgerSubjectType; subjectId: string }) {
  const session = useSession();
  if (!hasRole(session, 'manager', 'auditor')) return <>kept in the ledger</>;
  return (
    <Link className="link" to="/ledger/$subjectType/$subjectId" params={{ subjectType, subjectId }}>
      in the ledger
    </Link>
  );
}
