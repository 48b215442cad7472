"""
Synapse's own federation client as a judge of other servers: for each server name on a line of standard input, one line of JSON on
standard output. What is asked goes through Synapse's own resolution, TLS and HTTP code, with nothing kept from one name to the next.

    judge.py homeserver.yaml
    > example.org
    < {"name": "example.org", "reached": true, "keysAccepted": true, "error": null, "keysError": null}
"""

import json
import sys
import threading

from twisted.internet import defer, reactor
from twisted.names import client as dns_client

from synapse.app.homeserver import create_homeserver, load_or_generate_config, setup
from synapse.crypto import context_factory
from synapse.crypto.keyring import ServerKeyFetcher
from synapse.http.federation import srv_resolver
from synapse.http.matrixfederationclient import MatrixFederationHttpClient
from synapse.logging.context import LoggingContext

# Of one name, version and keys together. Synapse gives up a key fetch after 10 s (keyring.py).
DEADLINE_S = 40
VERSION_TIMEOUT_MS = 10_000

# Synapse prints, too.
answers, sys.stdout = sys.stdout, sys.stderr

config = load_or_generate_config(["-c", sys.argv[1]])
main_context = LoggingContext(name="main", server_name=config.server.server_name)


def describe(error):
    return f"{type(error).__name__}: {error}"[:500]


def fresh_client(hs):
    """A client that has seen nothing yet; what modules keep is thrown away."""
    srv_resolver.SERVER_CACHE.clear()
    dns_client.theResolver = None
    return MatrixFederationHttpClient(hs, context_factory.FederationPolicyForHTTPS(hs.config))


async def version_of(hs, name):
    try:
        await fresh_client(hs).get_json(
            destination=name, path="/_matrix/federation/v1/version", ignore_backoff=True, timeout=VERSION_TIMEOUT_MS
        )
        return True, None
    except Exception as error:
        return False, describe(error)


async def keys_of(hs, name):
    fetcher = ServerKeyFetcher(hs)
    fetcher.client = fresh_client(hs)
    try:
        keys = await fetcher.get_server_verify_keys_v2_direct(name)
        return len(keys) > 0, None
    except Exception as error:
        return False, describe(error)


async def judge(hs, name):
    asked = [defer.ensureDeferred(asks(hs, name)) for asks in (version_of, keys_of)]
    (reached, error), (accepted, keys_error) = await defer.gatherResults(asked)
    return {"name": name, "reached": reached, "keysAccepted": accepted, "error": error, "keysError": keys_error}


def answer(hs, name):
    deferred = defer.ensureDeferred(judge(hs, name))
    deferred.addTimeout(DEADLINE_S, reactor)

    def done(result):
        if not isinstance(result, dict):
            result = {"name": name, "reached": False, "keysAccepted": False, "error": describe(result.value), "keysError": None}
        answers.write(json.dumps(result) + "\n")
        answers.flush()

    deferred.addBoth(done)


def read_names(hs):
    for line in sys.stdin:
        if line.strip():
            reactor.callFromThread(answer, hs, line.strip())
    reactor.callFromThread(reactor.stop)


with main_context:
    homeserver = create_homeserver(config)
    setup(homeserver)
    threading.Thread(target=read_names, args=(homeserver,), daemon=True).start()
    reactor.run()
