package io.tilefold.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.client.FailureCode;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.PartStatus;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.key.ShardSet;
import io.tilefold.examples.flights.CellComparison;
import io.tilefold.examples.flights.FlightsDemo;
import io.tilefold.examples.flights.FlightsOracle;
import io.tilefold.examples.flights.Question;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** Some routes of {@code flight_context}, asked at one moment of two shard groups, and what SQL says of them. */
final class FlightQuestions {
    private static final int EACH = 20;

    private final List<Question> questions;
    private final FlightsOracle.Answers expected;

    /** @param qMs on the grid of 5 minutes: what comes later changes nothing about it */
    FlightQuestions(Path flights, long qMs) throws SQLException {
        List<Map<String, String>> routes = FlightsDemo.routes(flights);
        questions = IntStream.range(0, routes.size())
                .filter(i -> i % EACH == 0)
                .mapToObj(routes::get)
                .map(route -> new Question(route.get("origin"), route.get("destination"), qMs))
                .toList();
        expected = FlightsOracle.answer(flights, FlightsDemo.BATCH_END.toEpochMilli(), questions);
    }

    Fetch fetch() {
        Fetch fetch = Fetch.join(FlightsDemo.JOIN).asOf(questions.get(0).qMs()).deadline(Duration.ofSeconds(20));
        questions.forEach(question -> fetch.row(Map.of(
                "origin", Objects.requireNonNull(question.origin()),
                "destination", Objects.requireNonNull(question.destination()))));
        return fetch;
    }

    /** Every value is SQL's, and every part says that it is whole. */
    void assertWhole(FetchResult answer) {
        CellComparison comparison = new CellComparison(10);
        for (int row = 0; row < questions.size(); row++) {
            comparison.compareRow(questions.get(row), expected.rows().get(row), answer.toMap(row));
        }
        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.nonNullShare()).isGreaterThan(0.5);
        for (PartResult part : answer.parts()) {
            for (int row = 0; row < questions.size(); row++) {
                assertThat(part.status(row)).isIn(PartStatus.COMPLETE, PartStatus.NOT_FOUND);
            }
        }
    }

    /** Parts whose keys these shards own are marked and null; all others are SQL's and say the same as before. */
    void assertMarked(FetchResult answer, ShardSet lost, FetchResult before) {
        CellComparison comparison = new CellComparison(10);
        int marked = 0;
        for (int row = 0; row < questions.size(); row++) {
            Question question = questions.get(row);
            for (PartResult part : answer.parts()) {
                boolean isLost = lost.contains(shard(part.name(), question));
                marked += isLost ? 1 : 0;
                if (isLost) {
                    assertThat(part.failure(row))
                            .as(part.name() + " of " + question)
                            .isEqualTo(FailureCode.SHARD_UNREACHABLE);
                } else {
                    assertThat(part.status(row))
                            .isEqualTo(before.part(part.name()).status(row));
                }
                for (String column : expected.columns()) {
                    if (column.startsWith(part.name() + "_")) {
                        comparison.compare(
                                question,
                                column,
                                isLost ? null : expected.rows().get(row).get(column),
                                answer.get(row, column));
                    }
                }
            }
        }
        assertThat(comparison.differences()).isEmpty();
        assertThat(marked)
                .isPositive()
                .isLessThan(questions.size() * answer.parts().size());
    }

    private static int shard(String part, Question question) {
        String origin = Objects.requireNonNull(question.origin());
        String destination = Objects.requireNonNull(question.destination());
        KeyEncoder key = new KeyEncoder().reset();
        switch (part) {
            case "route" -> key.putString(origin).putString(destination);
            case "airport_departures", "origin_airport_daily" -> key.putString(origin);
            default -> key.putString(destination);
        }
        return KeyHash.shard(key.hash(), ShardGroupProcesses.SHARD_COUNT);
    }

    static FetchResult ask(String server, Fetch fetch) {
        try (FeatureClient client =
                FeatureClient.builder().address(server).shardAware(false).build()) {
            return client.fetch(fetch);
        }
    }
}
