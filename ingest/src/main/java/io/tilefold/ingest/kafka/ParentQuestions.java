package io.tilefold.ingest.kafka;

import io.tilefold.client.FailureCode;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchException;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.PartStatus;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.ingest.apply.ParentJoin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a join about rows of its left, each at its own time, and judges the answers: they count as they are, be they of no key or stale, unless a part says that asking again may give
 * another one. What failed for good is null.
 *
 * <p><b>Limits.</b> {@value #ROWS_MAX} rows a fetch, fewer for a while after one that took too long; a fetch takes at most {@value #DEADLINE_MS} ms. Confined to one thread.
 */
final class ParentQuestions {
    static final int ROWS_MAX = 512;
    static final int DEADLINE_MS = 1_000;

    /** The client ends a fetch at its deadline; this is for when it does not. */
    private static final long GRACE_MS = 200;

    private static final Set<FailureCode> PASSING = Set.of(
            FailureCode.BASE_MISSING,
            FailureCode.READ_CONFLICT,
            FailureCode.POSITION_NOT_REACHED,
            FailureCode.SHARD_UNREACHABLE,
            FailureCode.BUDGET_SPENT);

    private final ParentJoin parent;
    private final Schema outputs;
    private final ParentAnswers answers;
    private int rowsMax = ROWS_MAX;

    /** Rows under way in one fetch. */
    private record Question(List<ParentRow> rows, CompletableFuture<FetchResult> answer) {}

    /** @param outputs that are read, with the types they have when this catalog's definitions answer */
    ParentQuestions(ParentJoin parent, Schema outputs, ParentAnswers answers) {
        this.parent = parent;
        this.outputs = outputs;
        this.answers = answers;
    }

    /** Rows of one ask, under way. */
    final class Questions {
        private final List<Question> questions;
        private final long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEADLINE_MS + GRACE_MS);

        private Questions(List<Question> questions) {
            this.questions = questions;
        }

        /** Waits until all rows have their answers; else why they must be asked again. */
        Optional<String> await() {
            Optional<String> problem = Optional.empty();
            for (Question question : questions) {
                problem = problem.or(() -> awaitOne(question));
            }
            if (problem.isPresent()) {
                questions.forEach(question -> question.answer.cancel(true));
                rowsMax = Math.max(1, rowsMax / 2); // too many at a time may be why
            } else {
                rowsMax = Math.min(ROWS_MAX, rowsMax * 2);
            }
            return problem;
        }

        private Optional<String> awaitOne(Question question) {
            try {
                FetchResult result =
                        question.answer.get(Math.max(0, untilNs - System.nanoTime()), TimeUnit.NANOSECONDS);
                return take(question.rows, result);
            } catch (ExecutionException e) {
                Throwable cause = e.getCause();
                return Optional.of(String.valueOf(
                        cause instanceof FetchException failed ? failed.getMessage() : String.valueOf(cause)));
            } catch (TimeoutException e) {
                return Optional.of("no answer in " + DEADLINE_MS + " ms");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.of("interrupted");
            }
        }
    }

    /** False if the left's columns are all that is read: then there is nothing to ask. */
    boolean readsOutputs() {
        return outputs.size() > 0;
    }

    /** Sends what must be asked of rows that have a time. */
    Questions ask(List<ParentRow> rows) {
        List<Question> questions = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += rowsMax) {
            List<ParentRow> some = rows.subList(from, Math.min(rows.size(), from + rowsMax));
            questions.add(new Question(some, answers.ask(fetch(some))));
        }
        return new Questions(questions);
    }

    private Fetch fetch(List<ParentRow> rows) {
        Schema left = parent.compiled().left();
        Fetch fetch = Fetch.join(parent.name()).features(outputs.names()).deadline(Duration.ofMillis(DEADLINE_MS));
        for (ParentRow row : rows) {
            Map<String, @Nullable Object> keys = new HashMap<>();
            parent.keys().forEach(key -> keys.put(key, row.left(key)));
            for (String name : parent.contextual()) {
                keys.put(
                        name,
                        ContextualValue.sent(left.field(left.indexOf(name)).type(), row.left(name)));
            }
            fetch = fetch.row(keys, Objects.requireNonNull(row.timeMs()));
        }
        return fetch;
    }

    private Optional<String> take(List<ParentRow> rows, FetchResult result) {
        if (result.rowCount() != rows.size()) {
            return Optional.of(result.rowCount() + " rows were answered of " + rows.size());
        }
        for (Field output : outputs.fields()) {
            if (!result.schema().find(output.name()).equals(Optional.of(output))) {
                return Optional.of("the node's output " + output.name() + " is not of type " + output.type()
                        + " as in the catalog that is active here");
            }
        }
        for (int row = 0; row < rows.size(); row++) {
            Optional<String> problem = problem(result, row);
            if (problem.isPresent()) {
                return problem;
            }
        }
        int failed = 0;
        for (int row = 0; row < rows.size(); row++) {
            rows.get(row).answered(result, row);
            failed += hasFailed(result, row) ? 1 : 0;
        }
        answers.answered(rows.size(), failed);
        return Optional.empty();
    }

    private Optional<String> problem(FetchResult result, int row) {
        for (PartResult part : result.parts()) {
            PartStatus status = part.status(row);
            if (status == PartStatus.TIMED_OUT) {
                return Optional.of("part " + part.name() + " was left out: its time was over");
            }
            if (status == PartStatus.FAILED && PASSING.contains(part.failure(row))) {
                return Optional.of("part " + part.name() + " failed: " + part.failure(row));
            }
        }
        return outputs.names().stream()
                .filter(output -> PASSING.contains(result.failure(row, output)))
                .findFirst()
                .map(output -> "output " + output + " failed: " + result.failure(row, output));
    }

    /** True if an output of the row is null because something failed. */
    private static boolean hasFailed(FetchResult result, int row) {
        return result.parts().stream().anyMatch(part -> part.status(row) == PartStatus.FAILED)
                || result.columnNames().stream().anyMatch(output -> result.failure(row, output) != FailureCode.NONE);
    }
}
