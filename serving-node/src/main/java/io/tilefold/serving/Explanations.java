package io.tilefold.serving;

import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FetchRequest;
import java.util.OptionalLong;

/** Takes requests to explain one row; workers answer them. */
final class Explanations {
    private final StoreWatch store;
    private final Answers answers;
    private final Workers workers;
    private final Externals externals;

    Explanations(StoreWatch store, Answers answers, Workers workers, Externals externals) {
        this.store = store;
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
                    StoreWatch.Open seen = store.current();
                    if (seen == null) {
                        throw Errors.noStore();
                    }
                    Runnable explain = () -> workers.execute(() -> call.run(() -> explainNow(call)));
                    if (!call.askExternals(seen.snapshot().targets(), externals, explain)) {
                        explain.run();
                    }
                },
                caller,
                "an explanation");
    }

    private void explainNow(FetchCall<UnaryCaller<ExplainResponse>> call) {
        StoreWatch.Open seen = store.enter();
        if (seen == null) {
            throw Errors.noStore();
        }
        try {
            if (store.isCurrent(seen)) {
                call.caller().answer(answers.explain(call, seen));
                return;
            }
        } finally {
            seen.snapshot().exit();
        }
        if (!call.countRefresh(Answers.MAX_REFRESHES)) {
            throw Errors.noStableView(Answers.MAX_REFRESHES);
        }
        store.afterRefresh(() -> call.run(() -> workers.execute(() -> call.run(() -> explainNow(call)))));
    }
}
