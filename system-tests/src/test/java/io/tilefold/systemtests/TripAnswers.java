package io.tilefold.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.client.FailureCode;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.PartStatus;
import io.tilefold.client.call.LogPosition;
import io.tilefold.examples.flights.CellComparison;
import io.tilefold.examples.flights.Question;
import java.time.Duration;
import java.util.Map;

/** What a serving node answers about {@link Trips} at one moment, all records before it applied. */
final class TripAnswers {
    private static final int DIFFERENCES_SHOWN = 5;
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final FeatureClient client;
    private final Trips trips;
    private final long q;
    private final LogPosition applied;

    TripAnswers(FeatureClient client, Trips trips, long q, LogPosition applied) {
        this.client = client;
        this.trips = trips;
        this.q = q;
        this.applied = applied;
    }

    void equalTheModel() {
        equalTheModel(Trips.BY_RIDER, false);
        equalTheModel(Trips.BY_POSITION, true);
    }

    private void equalTheModel(String groupBy, boolean elementWise) {
        FetchResult answer = fetch(groupBy);
        CellComparison comparison = new CellComparison(DIFFERENCES_SHOWN);
        for (int row = 0; row < Trips.RIDERS.size(); row++) {
            String rider = Trips.RIDERS.get(row);
            comparison.compareRow(
                    new Question(rider, groupBy, q),
                    trips.expected(rider, q, elementWise),
                    ClientValues.ofMap(answer.toMap(row)));
            assertThat(answer.parts().get(0).status(row)).isEqualTo(PartStatus.COMPLETE);
        }
        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.nonNullShare()).isGreaterThan(0.8);
    }

    /** The other values of the part stand. */
    void nameTheStateBeyondItsBound() {
        FetchResult answer = fetch(Trips.BOUNDED);
        PartResult part = answer.parts().get(0);
        for (int row = 0; row < Trips.RIDERS.size(); row++) {
            assertThat(part.status(row)).isEqualTo(PartStatus.FAILED);
            assertThat(part.failure(row)).isEqualTo(FailureCode.STATE_LIMIT);
            assertThat(answer.toMap(row))
                    .containsEntry("receipt_unique_count", null)
                    .containsEntry("receipt_count", trips.count(Trips.RIDERS.get(row), q));
        }
    }

    private FetchResult fetch(String groupBy) {
        return client.fetch(Fetch.groupBy(groupBy)
                .rows(Trips.RIDERS.stream().map(rider -> Map.of("rider", rider)).toList())
                .asOf(q)
                .minPosition(applied.shardGroup(), applied.position())
                .deadline(DEADLINE));
    }
}
