package io.tilefold.serving;

import io.tilefold.core.value.Field;
import io.tilefold.proto.external.v1.LookupRequest;
import io.tilefold.serving.external.ExternalSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks external sources for what a request needs: each once, with the distinct keys of all its parts and rows, all at the same time. Thread safe;
 * never blocks.
 */
final class Externals implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Externals.class);
    private static final ThrottledLog UNKNOWN = new ThrottledLog(LOG);

    /** Three quarters of the time left: the parts are read after the sources have answered. */
    private static final int SHARE = 3;

    private static final int SHARE_OF = 4;

    private final Map<String, GuardedSource> sources = new TreeMap<>();

    /** @param timeoutMs what a source gets at most */
    Externals(Map<String, ExternalSource> sources, long timeoutMs) {
        sources.forEach((name, source) -> this.sources.put(name, new GuardedSource(name, source, timeoutMs)));
    }

    /** What one source is asked. */
    private static final class Question {
        final ExternalKeys keys;
        final Map<ExternalPlan, int[]> parts = new LinkedHashMap<>();
        final Map<String, Field> values = new LinkedHashMap<>();

        Question(ExternalPlan first) {
            keys = new ExternalKeys(first.part().keys());
        }

        void add(ExternalPlan plan, RequestKeys request) {
            parts.put(plan, keys.add(plan, request));
            plan.values().forEach(value -> values.put(value.name(), value));
        }
    }

    /**
     * Asks for the external parts of a selection.
     *
     * @return completes on any thread, never exceptionally, within the budget
     */
    CompletableFuture<ExternalAnswers> ask(List<ExternalPlan> plans, RequestKeys keys, Budget budget) {
        Map<String, Question> questions = new LinkedHashMap<>();
        for (ExternalPlan plan : plans) {
            questions
                    .computeIfAbsent(plan.source(), source -> new Question(plan))
                    .add(plan, keys);
        }
        List<CompletableFuture<Void>> underWay = new ArrayList<>();
        ExternalAnswers answers = new ExternalAnswers();
        questions.forEach((source, question) ->
                underWay.add(ask(source, question, budget).thenAccept(answer -> {
                    synchronized (answers) {
                        question.parts.forEach((plan, places) -> answers.put(plan, places, answer));
                    }
                })));
        return CompletableFuture.allOf(underWay.toArray(CompletableFuture[]::new))
                .thenApply(all -> answers);
    }

    private CompletableFuture<ExternalAnswer> ask(String name, Question question, Budget budget) {
        GuardedSource source = sources.get(name);
        if (source == null) {
            UNKNOWN.warn(
                    "a join asks external source " + name + ", which this node does not have: set externalSources");
            return CompletableFuture.completedFuture(ExternalAnswer.FAILED);
        }
        if (question.keys.isEmpty()) { // every row has a null in its key
            return CompletableFuture.completedFuture(ExternalAnswer.FAILED);
        }
        List<Field> values = List.copyOf(question.values.values());
        LookupRequest request = question.keys.request(name, values);
        return source.ask(request, values, budget.leftNs() / SHARE_OF * SHARE);
    }

    @Override
    public void close() {
        sources.values().forEach(GuardedSource::close);
    }
}
