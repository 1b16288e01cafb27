package io.tilefold.serving;

import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.serving.peer.PeerClient;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Takes requests to explain one row; workers answer them. */
final class Explanations {
    private final ServingConfig config;
    private final StoreWatch store;
    private final PeerClient peers;
    private final Answers answers;
    private final Workers workers;
    private final Externals externals;

    Explanations(
            ServingConfig config,
            StoreWatch store,
            Answers answers,
            PeerClient peers,
            Workers workers,
            Externals externals) {
        this.config = config;
        this.store = store;
        this.peers = peers;
        this.answers = answers;
        this.workers = workers;
        this.externals = externals;
    }

    /** Takes a request to explain one row; it is answered later, by a worker. */
    void explain(FetchRequest request, UnaryCaller<ExplainResponse> caller) {
        FetchCall.run(
                () -> {
                    FetchMessage message = FetchMessage.parse(
                            request.toBuilder().setIncludeSchema(true).build().toByteArray());
                    if (message.rowCount() != 1) {
                        throw Errors.invalid(
                                "ONE_ROW",
                                "row_count",
                                Integer.toUnsignedString(message.rowCount()) + " rows",
                                "one row is explained at a time");
                    }
                    FetchCall<UnaryCaller<ExplainResponse>> call =
                            new FetchCall<>(message, caller, System.nanoTime(), OptionalLong.empty());
                    Snapshot seen = store.current();
                    if (seen == null) {
                        throw Errors.noStore();
                    }
                    Runnable explain = () -> workers.execute(() -> call.run(() -> explainNow(call)));
                    if (!call.askExternals(seen.targets(), externals, explain)) {
                        explain.run();
                    }
                },
                caller,
                "an explanation");
    }

    /** Goes on when the other shard groups have answered, or had their time. */
    private void askElsewhere(FetchCall<UnaryCaller<ExplainResponse>> call, Snapshot seen) {
        RemoteFetch remote = call.remote();
        if (remote == null) {
            throw new IllegalStateException("nothing to ask elsewhere");
        }
        FetchMessage message = call.message();
        TargetPlan target = seen.targets().get(message.join(), message.groupBy());
        long latestNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.defaultDeadlineMs());
        remote.ask(
                peers,
                call.budget(target).untilNs(latestNs),
                message.rowCount(),
                call.context(),
                () -> call.run(() -> workers.execute(() -> call.run(() -> explainNow(call)))));
    }

    private void explainNow(FetchCall<UnaryCaller<ExplainResponse>> call) {
        Snapshot seen = store.enter();
        if (seen == null) {
            throw Errors.noStore();
        }
        try {
            if (seen.stores().isCurrent()) {
                ExplainResponse explained = answers.explain(call, seen);
                if (explained == null) {
                    askElsewhere(call, seen);
                } else {
                    call.caller().answer(explained);
                }
                return;
            }
        } finally {
            seen.exit();
        }
        if (!call.countRefresh(Answers.MAX_REFRESHES)) {
            throw Errors.noStableView(Answers.MAX_REFRESHES);
        }
        store.afterRefresh(() -> call.run(() -> workers.execute(() -> call.run(() -> explainNow(call)))));
    }
}
