//! `spark.sparkContext.resources`: there are none to assign on one machine.

use firesteel_error::Result;
use spark_connect_proto::GetResourcesCommandResult;
use spark_connect_proto::execute_plan_response::ResponseType;

use super::Context;

pub(super) async fn get(context: &Context) -> Result<()> {
    context.respond(ResponseType::GetResourcesCommandResult(GetResourcesCommandResult::default())).await;
    Ok(())
}
