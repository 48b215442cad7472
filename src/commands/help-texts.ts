/** What stands below the options in the help of each command. */
import { wrap } from "../report/harmless.ts";
import { SERVE_TAKES } from "./invocation.ts";
import { PROGRAM } from "./program-name.ts";

// No line of it is wider than 80 columns, but for the commands that can't be shorter.
export const AFTER_HELP = `
Durations are a number with a unit: 500ms, 10s, 5m (at most 24 hours, 1440m).
An input file has one server name on each line. "#" begins a comment, and
blank lines are skipped. A bad name fails alone; the others are checked.
A name that is given more than once is checked once.
--resume checks again the names that were inconclusive, and those with other
expectations now; the exit code is for all names, also the finished ones.

Examples:
  ${PROGRAM} example.com             check, report for people
  ${PROGRAM} resolve example.com     only where homeservers connect
  ${PROGRAM} -f json example.com | jq .totals
  ${PROGRAM} --from-file names.txt -f ndjson --concurrency 64
  ${PROGRAM} --from-file names.txt --shard 2/4  second of four jobs
  ${PROGRAM} --from-file names.txt --shard auto/8  in a Kubernetes Indexed Job
  ${PROGRAM} --from-file names.txt -f ndjson --resume results.ndjson >> results.ndjson
  ${PROGRAM} --fail-on warning --min-cert-days 21 example.com
  ${PROGRAM} --connect-to matrix.example.com:443:192.0.2.7:443 example.com
  ${PROGRAM} --wait 10m example.com  after a change: wait until it works
  ${PROGRAM} --save-facts facts.jsonl example.com
  ${PROGRAM} --from-facts facts.jsonl -v  judge it again, offline
  ${PROGRAM} --from-facts 1.ndjson --from-facts 2.ndjson  as one run
  ${PROGRAM} --watch 5m --report prometheus=matrix.prom example.com
  ${PROGRAM} explain tls/expired     what it means, how to fix it
  ${PROGRAM} plan example.com --to matrix.example.com:443 --with nginx
                                              what to publish for a delegation

Exit codes:
  0    no finding at or above --fail-on
  1    at least one such finding
  2    usage: a bad option or server name, a bad input or configuration file
  3    inconclusive: this machine could not find out, or an internal error
  129  ended by SIGHUP: the terminal is gone
  130  interrupted, as every --watch ends
  143  ended by SIGTERM
With several names the first of 2, 1, 3, 0 that occurs. -f nagios has the codes
of the Monitoring Plugins: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.

Environment:
  NO_COLOR, FORCE_COLOR, CI            colour and progress; --color wins
  SSL_CERT_FILE, NODE_EXTRA_CA_CERTS   files of trusted roots, like --ca-file
  GITHUB_STEP_SUMMARY                  where -f github adds its job summary
  JOB_COMPLETION_INDEX, JOB_COMPLETIONS, SLURM_ARRAY_TASK_ID and _COUNT, _MIN,
  _MAX, _STEP, CI_NODE_INDEX, CI_NODE_TOTAL
                                       the part for --shard auto
`;

export const PLAN_HELP = `
plan first looks at what is there today, for 6s at most (--deadline, --timeout,
--dns-server, --connect-to, --ca-file, --allow-private, -4 and -6 as in the
check), and each step says what is done already. Without a network the plan
is printed anyway, and says so.

Examples:
  ${PROGRAM} plan example.com --to matrix.example.com:443 --with nginx
  ${PROGRAM} plan example.com --to matrix.example.com:443 --with static
  ${PROGRAM} plan example.com --to example.com:443 --with synapse
  ${PROGRAM} plan example.com --to hs.example.net:8448 --srv
  ${PROGRAM} plan example.com --to matrix.example.com:443 --with apache --offline
  ${PROGRAM} plan example.com --to matrix.example.com:443 --json | jq -r .files[0].body
`;

export const SERVE_HELP = `
serve takes these options of the check, before or after the command's name:
${wrap(SERVE_TAKES.join(", "), 78, 2).join("\n")}

Whatever name a visitor gives, serve connects only to public addresses and to
usual ports, unless --allow-private is given. Sockets that systemd hands over
replace --listen.

It answers these requests:
  /  /example.com                  the page, and the report of a name
  /api/report?server_name=         the JSON of the official tester
  /api/federation-ok?server_name=  GOOD or BAD
  /api/v1/check?server_name=       the report; &format=text or markdown
  /probe?target=                   metrics for Prometheus
  /badge/example.com.json          a badge for Shields
  /metrics  /healthz               of the service itself
&no_cache=true checks again; otherwise an answer of the last 60s may come.

Examples:
  ${PROGRAM} serve
  ${PROGRAM} serve --listen unix:/run/mdc/serve.sock --trusted-proxy unix
  ${PROGRAM} serve --listen [::]:8700 --allow-private --rate 0
`;

export const COMPLETION_HELP = `
Completes commands, options, their values, finding codes and files. Install it:
  bash  in ~/.bashrc:
        eval "$(${PROGRAM} completion bash)"
  zsh   in ~/.zshrc, after compinit:
        eval "$(${PROGRAM} completion zsh)"
  fish  in ~/.config/fish/config.fish:
        ${PROGRAM} completion fish | source

Or write its output to the file that the shell reads at the first Tab:
  bash  ~/.local/share/bash-completion/completions/${PROGRAM}
        (if the package bash-completion is installed)
  zsh   _${PROGRAM} in a folder of $fpath
  fish  ~/.config/fish/completions/${PROGRAM}.fish
`;
