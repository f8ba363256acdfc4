//! Processes that answer a question before a query runs: the columns of a table function, the partitions of a data source.
//!
//! Such a process runs one of pyspark's own `pyspark.sql.worker` modules, as in Spark, and ends with its answer: it is
//! asked once for a query, and is not on the way of any data. What the user's code prints is kept apart from the answer.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use firesteel_error::{Exception, Result, SparkError};

use crate::runner::PythonRunner;
use crate::session::PythonSession;
use crate::wire::{END_OF_STREAM, PYTHON_EXCEPTION_THROWN, WireWriter};

/// What pyspark says of a worker that ended without an answer when it was not told to say where it was.
pub(crate) const FAULTHANDLER_ADVICE: &str = "Consider setting 'spark.sql.execution.pyspark.udf.faulthandler.enabled' or \
'spark.python.worker.faulthandler.enabled' configuration to 'true' for the better Python traceback.";

impl PythonRunner {
    /// Runs `pyspark.sql.worker.MODULE` with the question that `ask` writes. A raised exception comes back as what
    /// `raised` makes of its traceback.
    pub(crate) fn ask(
        &self,
        session: &PythonSession,
        module: &str,
        python_version: &str,
        ask: impl FnOnce(&mut WireWriter) -> Result<()>,
        raised: impl FnOnce(String) -> SparkError,
    ) -> Result<Vec<u8>> {
        let mut question = preamble(session, python_version);
        ask(&mut question)?;
        question.int(END_OF_STREAM);
        let faulthandler = self.pool().config().faulthandler || session.environment.faulthandler;
        let (answer, errors, status) = self.run(session, module, faulthandler, &question.into_bytes())?;
        match answer.get(..4) {
            None => Err(no_answer(faulthandler, &errors, status)),
            Some(start) if start == PYTHON_EXCEPTION_THROWN.to_be_bytes() => {
                let mut answer = Answer(&answer);
                answer.int()?;
                Err(raised(answer.text()?))
            }
            Some(_) => Ok(answer),
        }
    }

    fn run(
        &self,
        session: &PythonSession,
        module: &str,
        faulthandler: bool,
        question: &[u8],
    ) -> Result<(Vec<u8>, String, ExitStatus)> {
        let config = self.pool().config();
        let cannot = |error| SparkError::io(format!("cannot run {}", config.python.display()), error);
        let script = format!(
            "import os,sys;out=os.fdopen(os.dup(1),'wb');os.dup2(2,1);\
             from pyspark.sql.worker.{module} import main;main(sys.stdin.buffer,out);out.flush()"
        );
        let mut command = Command::new(&config.python);
        if faulthandler {
            command.args(["-X", "faulthandler"]);
        }
        let mut child = command
            .args(["-c", &script])
            .envs(config.variables())
            .envs(&session.environment.variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(cannot)?;
        let stderr = child.stderr.take();
        let errors = std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut pipe) = stderr {
                let _ = pipe.read_to_end(&mut text);
            }
            String::from_utf8_lossy(&text).into_owned()
        });
        // The process reads all of the question before it answers; one that ended early shows in its answer.
        if let Some(mut pipe) = child.stdin.take() {
            let _ = pipe.write_all(question);
        }
        let mut answer = Vec::new();
        if let Some(mut pipe) = child.stdout.take() {
            pipe.read_to_end(&mut answer).map_err(cannot)?;
        }
        let status = child.wait().map_err(cannot)?;
        let errors = errors.join().unwrap_or_default();
        eprint!("{errors}");
        Ok((answer, errors, status))
    }
}

/// What every such process reads first: versions, files; no broadcasts, no settings.
fn preamble(session: &PythonSession, python_version: &str) -> WireWriter {
    let mut out = WireWriter::default();
    out.text(python_version);
    out.text(&session.environment.files_directory);
    out.count(session.environment.includes.len());
    for include in &session.environment.includes {
        out.text(include);
    }
    out.bool(false);
    out.count(0);
    out.count(0);
    out
}

fn no_answer(faulthandler: bool, errors: &str, status: ExitStatus) -> SparkError {
    let how = match (status.code(), status.signal()) {
        (_, Some(signal)) => format!("signal {signal}"),
        (Some(code), _) => format!("exit status {code}"),
        _ => status.to_string(),
    };
    let mut text = format!("Python worker exited unexpectedly (crashed): {how}.");
    if !faulthandler {
        text.push(' ');
        text.push_str(FAULTHANDLER_ADVICE);
    }
    if !errors.is_empty() {
        text.push_str(&format!("\nIts output:\n{errors}"));
    }
    SparkError::plain(Exception::Spark, text)
}

/// Reads an answer from its start.
pub(crate) struct Answer<'a>(pub(crate) &'a [u8]);

impl<'a> Answer<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let Some((taken, rest)) = self.0.split_at_checked(count) else {
            return Err(SparkError::internal("the answer of a Python process ended early"));
        };
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn int(&mut self) -> Result<i32> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().fold(0i32, |number, byte| (number << 8) | i32::from(*byte)))
    }

    pub(crate) fn blob(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.int()?);
        self.take(length.unwrap_or(usize::MAX))
    }

    pub(crate) fn text(&mut self) -> Result<String> {
        Ok(String::from_utf8_lossy(self.blob()?).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_ends_early_is_an_error() {
        assert_eq!(Answer(&[0, 0, 0, 7]).int().ok(), Some(7));
        assert!(Answer(&[0, 0, 0, 7, 1]).blob().is_err());
        assert!(Answer(&[255, 255, 255, 255]).blob().is_err());
    }
}
