#pragma once

#include <string_view>

// The texts of the public door and the host page: mustache templates that need no script, work on old phones and in Tor Browser
// at its safest level, and ask for nothing from a third party. Every page begins with the way to help.
namespace tutela::portal::pages {

inline constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fbfaf7; --line: #8a8f98; --accent: #0b5563; --accent-ink: #ffffff; --soft: #eef1ef; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9ecef; --paper: #14181d; --line: #7d8590; --accent: #8ad3df; --accent-ink: #0b1a1d; --soft: #1f262d; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1.125rem/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: break-word; }
header, main, footer { max-inline-size: 42rem; margin-inline: auto; padding: 1rem 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; border-block-end: 1px solid var(--line); }
header .name { font-weight: 700; margin-inline-end: auto; }
h1 { font-size: 1.75rem; line-height: 1.25; margin-block: 1rem .5rem; }
h2 { font-size: 1.25rem; margin-block: 1.75rem .25rem; }
a { color: var(--accent); text-underline-offset: .15em; }
a:focus-visible, input:focus-visible, textarea:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.help { background: var(--soft); border-inline-start: .35rem solid var(--accent); padding: .75rem 1rem; }
.help p { margin: 0; }
label { display: block; font-weight: 600; margin-block-start: 1.25rem; }
.hint { margin: 0 0 .35rem; }
input[type=text], input[type=email], textarea { inline-size: 100%; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line);
  border-radius: .35rem; padding: .6rem .7rem; }
textarea { min-block-size: 7rem; }
.choice { display: flex; gap: .6rem; align-items: baseline; font-weight: 400; }
button { font: inherit; font-weight: 600; color: var(--accent-ink); background: var(--accent); border: 0; border-radius: .35rem; padding: .7rem 1.4rem;
  margin-block-start: 1.5rem; cursor: pointer; }
.receipt { font: 700 1.6rem/1.4 ui-monospace, monospace; letter-spacing: .06em; overflow-wrap: anywhere; background: var(--soft); padding: .8rem 1rem; }
.problem { border-inline-start: .35rem solid var(--line); background: var(--soft); padding: .75rem 1rem; }
.problem p { margin: 0; } .problem p + p { margin-block-start: .5rem; }
fieldset { min-inline-size: 0; margin: 1.25rem 0 0; padding: 0; border: 0; } legend { padding: 0; font-weight: 600; }
fieldset .choice { margin-block-start: .6rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
footer { border-block-start: 1px solid var(--line); margin-block-start: 2rem; font-size: 1rem; }
)css";

// {{title}}, {{organisation}}, {{{body}}}: the body is a rendered template below, never text from outside.
inline constexpr std::string_view kLayout = R"html(<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}} - {{organisation}}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<span class="name">{{organisation}}</span>
{{#door}}<a href="/help">Need help now?</a>
<a href="{{exit}}" rel="noreferrer">Leave this page quickly</a>{{/door}}
</header>
<main>
{{{body}}}
</main>
<footer>
{{#door}}<p><a href="/">Start</a> · <a href="/receipt">Look up a report</a> · <a href="/help">Help</a></p>
<p>This page sets no cookie, runs no script and keeps no record of the address you come from.</p>{{/door}}
{{^door}}<p>Page of an abuse notice. It shows and asks only what is needed to act on that notice.</p>{{/door}}
</footer>
</body>
</html>
)html";

inline constexpr std::string_view kStart = R"html(<h1>Report an address, or a worry about a child</h1>
<div class="help"><p><strong>Is a child in danger right now?</strong> Call the emergency number of your country first. <a href="/help">Help for you or someone
you know</a> is one page away.</p></div>
<h2><a href="/report">Report an address on the internet</a></h2>
<p>A page, picture or video that you came across. It takes about two minutes. You need not say who you are.</p>
<h2><a href="/worry">Tell us about a child you worry about</a></h2>
<p>Somebody pressing a child for pictures, meeting or money, or something that you saw or heard. There need be no picture.</p>
<h2><a href="/receipt">Look up a report you made</a></h2>
<p>With the receipt that you were given.</p>
)html";

inline constexpr std::string_view kReportForm = R"html(<h1>Report an address</h1>
{{#problem}}<div class="problem" role="alert"><p><strong>{{problem}}</strong> {{kept}} {{todo}}</p></div>{{/problem}}
<p>Please do not save, copy or send us the picture or video itself: the address is enough, and keeping a copy may be against the law.</p>
<form method="post" action="/report">
<label for="address">Where did you see it?</label>
<p class="hint" id="address-hint">The address in the bar at the top of the browser. It starts with http:// or https://</p>
<input type="text" id="address" name="address" value="{{address}}" required maxlength="2048" inputmode="url" autocomplete="off" spellcheck="false" aria-describedby="address-hint">
<label for="text">Is there anything else we should know? <span>(you may leave this empty)</span></label>
<p class="hint" id="text-hint">For example where on the page it is, or what happened before.</p>
<textarea id="text" name="text" maxlength="4000" aria-describedby="text-hint">{{text}}</textarea>
<label for="contact">How can we reach you if we have a question? <span>(you may leave this empty)</span></label>
<p class="hint" id="contact-hint">An e-mail address. We never pass it on with the report.</p>
<input type="text" id="contact" name="contact" value="{{contact}}" maxlength="320" autocomplete="off" aria-describedby="contact-hint">
<button type="submit">Send the report</button>
</form>
)html";

inline constexpr std::string_view kWorryForm = R"html(<h1>Tell us about a child you worry about</h1>
{{#problem}}<div class="problem" role="alert"><p><strong>{{problem}}</strong> {{kept}} {{todo}}</p></div>{{/problem}}
<div class="help"><p><strong>Is the child in danger right now?</strong> Call the emergency number of your country first.</p></div>
<form method="post" action="/worry">
<fieldset>
<legend>What is it about?</legend>
{{#kinds}}<label class="choice"><input type="radio" name="kind" value="{{code}}" required{{#chosen}} checked{{/chosen}}> {{label}}</label>{{/kinds}}
</fieldset>
<label class="choice"><input type="checkbox" name="in_danger_now" value="yes"> The child is in danger now</label>
<label for="text">What happened, in your own words?</label>
<textarea id="text" name="text" maxlength="4000" required>{{text}}</textarea>
<label for="child">Who is the child? <span>(you may leave this empty)</span></label>
<p class="hint" id="child-hint">What would help to find the child: a first name, a school, a nickname in a game.</p>
<input type="text" id="child" name="child" value="{{child}}" maxlength="500" autocomplete="off" aria-describedby="child-hint">
<label for="account">An account or address that the other person used <span>(you may leave this empty)</span></label>
<p class="hint" id="account-hint">Written as name@service, for example player1@game.test</p>
<input type="text" id="account" name="account" value="{{account}}" maxlength="300" autocomplete="off" aria-describedby="account-hint">
<label for="contact">How can we reach you? <span>(you may leave this empty)</span></label>
<input type="text" id="contact" name="contact" value="{{contact}}" maxlength="320" autocomplete="off">
<button type="submit">Send</button>
</form>
)html";

inline constexpr std::string_view kReceived = R"html(<h1>Thank you. Your report has arrived.</h1>
{{#urgent}}<div class="help"><p><strong>If the child is in danger right now, please also call the emergency number of your country.</strong></p></div>{{/urgent}}
<p>This is your receipt. With it you can see later what became of the report. We cannot find it again for you, so write it down or save it now.</p>
<p class="receipt" id="receipt">{{receipt}}</p>
{{#problem}}<div class="problem" role="alert"><p>{{problem}}</p></div>{{/problem}}
<form method="post" action="/receipt/check">
<input type="hidden" name="receipt" value="{{receipt}}">{{#urgent}}<input type="hidden" name="in_danger_now" value="yes">{{/urgent}}
<label for="typed">Type the receipt here, so that both of us know you have it</label>
<p class="hint" id="typed-hint">Capitals, spaces and dashes do not matter.</p>
<input type="text" id="typed" name="typed" required maxlength="60" autocomplete="off" spellcheck="false" aria-describedby="typed-hint">
<button type="submit">Done</button>
</form>
<p>The report is safe with us whether or not you do this.</p>
)html";

inline constexpr std::string_view kReceiptKept = R"html(<h1>You have your receipt</h1>
<p>A person will look at your report. You can close this page now, or <a href="/receipt">look the report up</a> in a few days.</p>
<p><a href="/help">Help for you, if what you saw stays with you</a></p>
)html";

inline constexpr std::string_view kReceiptForm = R"html(<h1>Look up a report</h1>
{{#problem}}<div class="problem" role="alert"><p><strong>{{problem}}</strong> {{kept}} {{todo}}</p></div>{{/problem}}
<form method="post" action="/receipt">
<label for="receipt">Your receipt</label>
<p class="hint" id="receipt-hint">Capitals, spaces and dashes do not matter.</p>
<input type="text" id="receipt" name="receipt" required maxlength="60" autocomplete="off" spellcheck="false" aria-describedby="receipt-hint">
<button type="submit">Look up</button>
</form>
)html";

inline constexpr std::string_view kReceiptState = R"html(<h1>Your report</h1>
<dl><dt>State</dt><dd id="word">{{word}}</dd>
{{#released}}<dt>Message for you</dt><dd id="released">{{released}}</dd>{{/released}}</dl>
<p>A report is closed no sooner than a week after it was made, whatever came of it, so that the time tells nobody anything. If we can tell you more without
harm to a child or an investigation, it stands here too.</p>
)html";

inline constexpr std::string_view kHelp = R"html(<h1>Help</h1>
<div class="help"><p><strong>A child is in danger now:</strong> call the emergency number of your country (112 in the European Union, 911 in the United States and
Canada, 999 in the United Kingdom, 000 in Australia).</p></div>
<h2>It is about you, and you are young</h2>
<p>It is not your fault. You do not have to deal with this alone. Talk to a grown-up you trust: at home, at school, or a children's helpline in your country. They
have heard it before and they will not be angry with you.</p>
<h2>Somebody asks for pictures or money</h2>
<p>You can stop answering. Do not pay and do not send more. Keep the messages, and tell somebody you trust.</p>
<h2>What you saw stays with you</h2>
<p>That happens, and it passes more easily with company. Talk to somebody close to you or to your doctor.</p>
<p><a href="/worry">Tell us about a child you worry about</a></p>
)html";

inline constexpr std::string_view kProblem = R"html(<h1>{{title}}</h1>
<div class="problem" role="alert"><p><strong>What was kept:</strong> {{kept}}</p><p><strong>What to do:</strong> {{todo}}</p></div>
{{#door}}<p><a href="/help">Need help now?</a></p>{{/door}}
)html";

inline constexpr std::string_view kNotice = R"html(<h1>Notice {{reference}}</h1>
{{#problem}}<div class="problem" role="alert"><p>{{problem}}</p></div>{{/problem}}
<dl>
<dt>Address</dt><dd id="address">{{address}}</dd>
<dt>Why</dt><dd>Two members of {{organisation}} have assessed what is there as child sexual abuse material.</dd>
<dt>Law</dt><dd>{{law}}</dd>
<dt>Sent</dt><dd>{{sent_at}}</dd>
{{#due_at}}<dt>Please answer by</dt><dd>{{due_at}}</dd>{{/due_at}}
{{#answer}}<dt>You answered</dt><dd id="answer">{{answer}}</dd>{{/answer}}
<dt>State</dt><dd id="state">{{state}}</dd>
</dl>
<p><a href="/n/{{token}}/xarf.json">The same notice for your machines (XARF)</a></p>
{{#open}}
<h2>{{#answer}}Another answer, if something changed{{/answer}}{{^answer}}Your answer{{/answer}}</h2>
<form method="post" action="/n/{{token}}">
<label class="choice"><input type="radio" name="answer" value="removed" required> We removed it</label>
<label class="choice"><input type="radio" name="answer" value="disabled_and_preserved"> We made it unreachable and preserved it for the police</label>
<label class="choice"><input type="radio" name="answer" value="not_ours"> It is not on our systems</label>
<label class="choice"><input type="radio" name="answer" value="need_more"> We need to know more</label>
<button type="submit">Send the answer</button>
</form>
<p>We look again by ourselves, and close the notice once the address has stopped serving. Please do not send us the material.</p>
{{/open}}
{{^open}}<p>This notice needs nothing more from you. Thank you.</p>{{/open}}
)html";

// A host's answer as its form words it.
inline std::string_view answer_text(std::string_view word) {
  if (word == "removed") return "We removed it";
  if (word == "disabled_and_preserved") return "We made it unreachable and preserved it for the police";
  if (word == "not_ours") return "It is not on our systems";
  if (word == "need_more") return "We need to know more";
  return {};
}

// What a worry is about, in words that need no training; the console shows the official terms.
inline std::string_view kind_text(std::string_view word) {
  if (word == "grooming") return "Somebody wants pictures of a child, or to meet the child";
  if (word == "extortion") return "Somebody threatens a child, for pictures or for money";
  if (word == "live_stream") return "It happens live on the internet";
  if (word == "trafficking") return "A child is offered or passed on to others";
  if (word == "worry") return "I worry about a child";
  return "Something else";
}

// The fuller words that a member may release, as a reporter reads them.
inline std::string_view released_text(std::string_view word) {
  if (word == "removed") return "What you reported can no longer be reached at the address you gave.";
  if (word == "passed_on") return "We passed your report on to those who can act.";
  if (word == "child_safeguarded") return "A child is safer because of what was reported.";
  if (word == "outside_remit") return "We looked at your report; it is not something that we can act on.";
  return {};
}

}  // namespace tutela::portal::pages
