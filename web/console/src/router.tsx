import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { App } from './pages/App';
import { AuthoritiesPage } from './pages/Authorities';
import { BankPage, BanksPage } from './pages/Banks';
import { BreakPage, HelpPage, NotFoundPage } from './pages/Calm';
import { ConcernPage, ConcernsPage } from './pages/Concerns';
import { ExposurePage } from './pages/Exposure';
import { HomePage } from './pages/Home';
import { IncomingListPage, IncomingPage } from './pages/Incoming';
import { ItemPage } from './pages/Item';
import { LedgerPage, LedgerSubjectPage } from './pages/Ledger';
import { MembersPage } from './pages/Members';
import { NoticePage, NoticesPage } from './pages/Notices';
import { QueuePage, StackPage } from './pages/Queue';
import { ReferralPage, ReferralsPage } from './pages/Referrals';
import { ReportPage } from './pages/Report';
import { RetentionPage } from './pages/Retention';
import { RoutingPage } from './pages/Routing';

const root = createRootRoute({ component: App, notFoundComponent: NotFoundPage });
const getParentRoute = () => root;

export const tree = root.addChildren([
  createRoute({ getParentRoute, path: '/', component: HomePage }),
  createRoute({ getParentRoute, path: '/queue', component: QueuePage }),
  createRoute({ getParentRoute, path: '/queue/$entryId', component: StackPage }),
  createRoute({ getParentRoute, path: '/items/$itemId', component: ItemPage }),
  createRoute({ getParentRoute, path: '/concerns', component: ConcernsPage }),
  createRoute({ getParentRoute, path: '/concerns/$concernId', component: ConcernPage }),
  createRoute({ getParentRoute, path: '/routing', component: RoutingPage }),
  createRoute({ getParentRoute, path: '/referrals', component: ReferralsPage }),
  createRoute({ getParentRoute, path: '/referrals/$referralId', component: ReferralPage }),
  createRoute({ getParentRoute, path: '/notices', component: NoticesPage }),
  createRoute({ getParentRoute, path: '/notices/$noticeId', component: NoticePage }),
  createRoute({ getParentRoute, path: '/incoming', component: IncomingListPage }),
  createRoute({ getParentRoute, path: '/incoming/$incomingId', component: IncomingPage }),
  createRoute({ getParentRoute, path: '/reports/$reportId', component: ReportPage }),
  createRoute({ getParentRoute, path: '/banks', component: BanksPage }),
  createRoute({ getParentRoute, path: '/banks/$bankId', component: BankPage }),
  createRoute({ getParentRoute, path: '/authorities', component: AuthoritiesPage }),
  createRoute({ getParentRoute, path: '/ledger', component: LedgerPage }),
  createRoute({ getParentRoute, path: '/ledger/$subjectType/$subjectId', component: LedgerSubjectPage }),
  createRoute({ getParentRoute, path: '/retention', component: RetentionPage }),
  createRoute({ getParentRoute, path: '/exposure', component: ExposurePage }),
  createRoute({ getParentRoute, path: '/members', component: MembersPage }),
  createRoute({ getParentRoute, path: '/break', component: BreakPage }),
  createRoute({ getParentRoute, path: '/help', component: HelpPage }),
]);

export const router = createRouter({ routeTree: tree, scrollRestoration: false });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
