/** The options of Spark jobs, declared once for the job and for the command that starts it in another process. */
@NullMarked
package io.tilefold.job;

import org.jspecify.annotations.NullMarked;
