/** Several jobs in one Spark application, for the commands that start it. */
@NullMarked
package io.tilefold.batch.process;

import org.jspecify.annotations.NullMarked;
