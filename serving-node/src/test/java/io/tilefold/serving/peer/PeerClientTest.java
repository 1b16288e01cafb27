package io.tilefold.serving.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.InsecureChannelCredentials;
import io.tilefold.core.key.ShardSet;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import io.tilefold.serving.peer.FakePeer.Manner;
import io.tilefold.serving.peer.PeerResult.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Asking a shard group whose nodes misbehave, over loopback. */
class PeerClientTest {
    private static final int GROUP = 3;
    private static final long PLENTY_MS = 10_000;

    private FakePeer first;
    private FakePeer second;
    private PeerClient client;

    @BeforeEach
    void start() throws IOException {
        first = new FakePeer(GROUP);
        second = new FakePeer(GROUP);
        client = new PeerClient(new PeerSettings(4, 50, 50, 1_000_000, InsecureChannelCredentials.create()));
    }

    @AfterEach
    void stop() throws InterruptedException {
        client.close();
        first.close();
        second.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = Manner.class,
            names = {"REFUSES", "ANSWERS_SOMETHING_ELSE", "GARBLES", "ENDS_WITHOUT_AN_ANSWER", "HAS_TOO_MUCH_TO_DO"})
    void whatOneNodeDoesNotAnswerAnotherDoes(Manner manner) {
        nodes(first, second);
        first.manner = manner;
        for (int i = 0; i < 20; i++) {
            assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
        }
        assertThat(second.calls.get()).isEqualTo(20);
    }

    @ParameterizedTest
    @EnumSource(
            value = Manner.class,
            names = {"REFUSES", "ANSWERS_SOMETHING_ELSE", "GARBLES", "ENDS_WITHOUT_AN_ANSWER"})
    void aNodeThatIsNoUseIsNotAskedUntilItIsWell(Manner manner) {
        nodes(first);
        first.serving(false);
        first.manner = manner;
        for (int i = 0; i < 20; i++) {
            PeerResult result = ask(PLENTY_MS);
            assertThat(result.outcome()).isEqualTo(Outcome.UNREACHABLE);
            assertThat(result.why()).isNotEmpty();
        }
        assertThat(first.calls.get()).isEqualTo(1);

        first.manner = Manner.ANSWERS;
        first.serving(true);
        awaitAnswered();
    }

    @Test
    void aNodeThatHasTooMuchToDoIsAskedAgain() {
        nodes(first);
        first.manner = Manner.HAS_TOO_MUCH_TO_DO;
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.UNREACHABLE);
        first.manner = Manner.ANSWERS;
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
    }

    /** Calls run out of time while a node hangs; then it is taken for dead, and further ones end at once. */
    @Test
    void aHangingNodeCostsOneTimeoutAndNotMany() {
        nodes(first);
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
        first.serving(false);
        first.manner = Manner.NEVER;
        assertThat(ask(100).outcome()).isEqualTo(Outcome.TIMED_OUT);
        int asked = first.calls.get();
        for (int i = 0; i < 50; i++) {
            assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.UNREACHABLE);
        }
        assertThat(first.calls.get()).isEqualTo(asked);

        first.manner = Manner.ANSWERS;
        first.serving(true);
        awaitAnswered();
    }

    /** A caller in a hurry says nothing against a node that is merely not that fast. */
    @Test
    void aShortTimeIsNoProofOfDeath() {
        nodes(first);
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
        first.manner = Manner.LATE;
        first.lateMs = 30;
        assertThat(ask(5).outcome()).isEqualTo(Outcome.TIMED_OUT);
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
    }

    @Test
    void aNodeThatIsGoneIsFoundAgainWhenItIsBack() throws Exception {
        nodes(first);
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
        first.stop();
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.UNREACHABLE);
        first.start();
        awaitAnswered();
    }

    /** The second node is asked while the first lets its caller wait, and the first is told that nobody does any more. */
    @Test
    void aSecondNodeIsAskedWhileTheFirstIsLate() {
        nodes(first, second);
        for (int i = 0; i < 10; i++) {
            assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
        }
        FakePeer slow = first.calls.get() > 0 ? first : second;
        FakePeer fast = slow == first ? second : first;
        slow.manner = Manner.NEVER;
        fast.calls.set(0);
        slow.calls.set(0);
        for (int i = 0; i < 5; i++) {
            assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
        }
        assertThat(fast.calls.get()).isEqualTo(5);
        Awaitility.await().until(() -> slow.cancelled.get() >= slow.calls.get());
    }

    /** A group that is slow as a whole is not asked twice for everything. */
    @Test
    void secondAttemptsHaveABudget() {
        HedgeBudget budget = new HedgeBudget();
        int hedges = 0;
        for (int i = 0; i < 1_000; i++) {
            budget.call();
            hedges += budget.tryHedge() ? 1 : 0;
        }
        assertThat(hedges).isBetween(100, 100 + HedgeBudget.MAX_SAVED);
    }

    /** Sooner or later: a pause of this machine may make the faster one look slow, until that is forgotten. */
    @Test
    void theFasterNodeIsAskedMore() {
        nodes(first, second);
        first.manner = Manner.LATE;
        first.lateMs = 20;
        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            int before = second.calls.get();
            for (int i = 0; i < 20; i++) {
                assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
            }
            assertThat(second.calls.get() - before).isEqualTo(20);
        });
    }

    /** One slow answer is not the last that a node was asked for. */
    @Test
    void aNodeThatWasSlowOnceIsTriedAgain() {
        nodes(first, second);
        first.manner = Manner.LATE;
        first.lateMs = 500;
        Awaitility.await().until(() -> {
            assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
            return first.calls.get() > 0;
        });
        second.manner = Manner.LATE;
        second.lateMs = 20;
        first.manner = Manner.ANSWERS;
        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            int before = first.calls.get();
            assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
            assertThat(first.calls.get()).isGreaterThan(before);
        });
    }

    @Test
    void callsUnderWayAreBounded() {
        nodes(first);
        first.manner = Manner.LATE;
        List<CompletableFuture<PeerResult>> all =
                Stream.generate(() -> begin(PLENTY_MS)).limit(10).toList();
        List<PeerResult> results = all.stream().map(CompletableFuture::join).toList();

        assertThat(results.stream().filter(result -> result.outcome() == Outcome.ANSWERED))
                .hasSize(4);
        assertThat(results.stream().filter(result -> result.outcome() == Outcome.UNREACHABLE))
                .hasSize(6)
                .allSatisfy(result -> assertThat(result.why()).contains("4 calls to shard group 3 are under way"));
        first.manner = Manner.ANSWERS;
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
    }

    @Test
    void aCallerThatLeavesTakesItsCallsAlong() {
        nodes(first);
        first.manner = Manner.NEVER;
        Context.CancellableContext context = Context.current().withCancellation();
        CompletableFuture<PeerResult> result = begin(PLENTY_MS, context);
        Awaitility.await().until(() -> first.calls.get() == 1);
        context.cancel(null);
        assertThat(result.join().outcome()).isEqualTo(Outcome.UNREACHABLE);
        Awaitility.await().until(() -> first.cancelled.get() == 1);
    }

    @Test
    void nodesComeAndGoWithTheMap() {
        client.follow(new ShardMap(2, List.of()));
        assertThat(ask(PLENTY_MS).why()).contains("no serving node of shard group 3 is known");
        nodes(first);
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
        nodes(second);
        assertThat(ask(PLENTY_MS).outcome()).isEqualTo(Outcome.ANSWERED);
        assertThat(first.calls.get()).isEqualTo(1);
        assertThat(second.calls.get()).isEqualTo(1);
    }

    private void awaitAnswered() {
        Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> ask(1_000).outcome() == Outcome.ANSWERED);
    }

    private void nodes(FakePeer... peers) {
        List<String> addresses = new ArrayList<>();
        for (FakePeer peer : peers) {
            addresses.add(peer.address());
        }
        client.follow(new ShardMap(2, List.of(new ShardMap.Group(GROUP, ShardSet.all(2), addresses))));
    }

    private PeerResult ask(long withinMs) {
        return begin(withinMs).join();
    }

    private CompletableFuture<PeerResult> begin(long withinMs) {
        return begin(withinMs, Context.ROOT);
    }

    private CompletableFuture<PeerResult> begin(long withinMs, Context context) {
        CompletableFuture<PeerResult> result = new CompletableFuture<>();
        PeerRequest request = new PeerRequest(
                GROUP,
                PeerReadRequest.newBuilder().setShardGroup(GROUP).build(),
                System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(withinMs),
                context,
                response -> {
                    if (response.getPositions().getShardGroup() != GROUP) {
                        throw new IllegalArgumentException("an answer of another group");
                    }
                });
        client.read(request, what -> {
            if (!result.complete(what)) {
                throw new AssertionError("a second result");
            }
        });
        return result;
    }
}
