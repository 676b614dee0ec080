import { Link } from '@tanstack/react-router';
import { Page } from '../ui/basics';

export function HelpText() {
  return (
    <>
      <p>
        <strong>A child is in danger now:</strong> call the emergency number of your country (112 in the European Union, 911 in
        the United States and Canada, 999 in the United Kingdom, 000 in Australia).
      </p>
      <p>
        <strong>What you saw stays with you:</strong> that happens, also to people who have done this for years. Stop for today,
        tell your welfare lead or somebody close to you, or talk to your doctor. Nobody has to finish a queue.
      </p>
      <p>
        <strong>You are worried about your own thoughts:</strong> confidential help exists in many countries, without a name and
        without judgement. Your doctor can tell you where.
      </p>
    </>
  );
}

export function HelpPage() {
  return (
    <Page title="Help">
      <div className="prose">
        <HelpText />
      </div>
    </Page>
  );
}

export function BreakPage() {
  return (
    <Page title="A break">
      <div className="prose">
        <p>Nothing is shown here and no clock of yours runs. A lease that you hold goes back to the queue by itself.</p>
        <p>
          Look at something far away for a while. Name five things that you can see, four that you can hear, three that you can
          touch.
        </p>
        <p>Then get up, drink something, talk to somebody about anything else.</p>
        <p>
          <Link className="link" to="/queue">
            Back to the queue
          </Link>{' '}
          ·{' '}
          <Link className="link" to="/help">
            Need help now?
          </Link>
        </p>
      </div>
    </Page>
  );
}

export function NotFoundPage() {
  return (
    <Page title="There is nothing here">
      <p>
        The address leads nowhere, or to something that is not yours to see.{' '}
        <Link className="link" to="/">
          Go to the start
        </Link>
      </p>
    </Page>
  );
}
