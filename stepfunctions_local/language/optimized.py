"""The optimized integrations: all that they have beyond botocore's models of the services.

A place such as `Build.Id` leads to a member of an object; `Jobs[]` is the only item of a list, or the first.

Source: "Integrating optimized services with Step Functions", the page on each service, and recordings of AWS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from stepfunctions_local.language.pattern import Pattern

Places = Mapping[str, str]

GONE: Final = "(gone)"
"""The status of a job whose description is refused with ResourceNotFoundException."""


@dataclass(frozen=True, slots=True)
class Job:
    """The job that an action starts, and how its end is seen.

    `describe`: the operation that is polled.
    `named`: its parameters, each with its place in the result of the call, or in the call's `Parameters`.
    `status`: the place of the job's status in the description.
    `running`, `succeeded`: statuses, separated by spaces. With any other, the job has failed.
    `result`: the place of the Task's result in the description. Without one it is the description.
    `result_name`: the only member of the Task's result, if it has one.
    `left_out`: members of the description that are no part of the result.
    `texts`: members that `.sync:2` parses.
    `exits`: the place of the containers, all of which must have exited with 0.
    `stop`: the operation that stops an abandoned job.
    `stopped`: its parameters, each with its place in the parameters of `describe`, or with `=` and a text.
    """

    describe: str
    named: Places
    status: str
    running: str
    succeeded: str
    result: str = ""
    result_name: str = ""
    left_out: str = ""
    texts: str = ""
    exits: str = ""
    stop: str = ""
    stopped: Places = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a service.

    `operation`: its name in the model, if that is not the action in Pascal case.
    `model`: botocore's name of its model, if that is not the one of its service.
    `parameters`: fields of a state that have another place in the model: `{"ClusterId": "JobFlowIds[]"}`.
    `results`: members of the result that have another place in the answer.
    `echoed`: parameters that become part of the result.
    `documents`: bytes of the result that are text, and are parsed if they are JSON.
    `fetched`: parameters, each with the one whose place the content of the object of S3 takes that they name.
    `stored`: parameters that name an object of S3, each with the document that is written to it.
    `rejected`: the member of the answer that says that the call was in vain.
    `rejection`: the error's name then.
    `rejects_request_response`: whether it fails a Task, too, that waits for nothing else.
    `not_here`: why no local service can be called. The Task can be mocked, and fails otherwise.
    """

    patterns: tuple[Pattern, ...] = (Pattern.REQUEST_RESPONSE,)
    job: Job | None = None
    operation: str = ""
    model: str = ""
    parameters: Places = field(default_factory=dict)
    results: Places = field(default_factory=dict)
    echoed: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    fetched: Places = field(default_factory=dict)
    stored: Places = field(default_factory=dict)
    rejected: str = ""
    rejection: str = ""
    rejects_request_response: bool = True
    not_here: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A service with optimized integrations.

    `model`: botocore's name of it.
    `prefix`: the first part of its errors' names.
    `sdk_name`: its name in causes, by AWS's SDK for Java 1. Without one, errors are those of SDK 2.
    `setting`: the variable for its URL in AWS's own local image, or one like these.
    `has_metadata`: whether results have the metadata of the SDK.
    """

    model: str
    prefix: str
    sdk_name: str
    actions: Mapping[str, Action]
    setting: str = ""
    has_metadata: bool = False


_CALLBACK: Final = (Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN)
_SYNC: Final = (Pattern.REQUEST_RESPONSE, Pattern.RUN_A_JOB)


def _once(*actions: str) -> dict[str, Action]:
    return dict.fromkeys(actions, Action())


_KUBERNETES: Final = "it calls a Kubernetes cluster, not a service of AWS"
_LOOKED_UP: Final = "it looks the name up in the cluster first, which only AWS does"


def _build(kind: str, described: str) -> Action:
    """Return an action that starts a build, or a batch of builds, of CodeBuild."""
    return Action(
        _SYNC,
        Job(
            describe=f"BatchGet{described}",
            named={"Ids[]": f"{kind}.Id"},
            status=f"{described}[].{kind}Status",
            running="IN_PROGRESS",
            succeeded="SUCCEEDED",
            result=f"{described}[]",
            result_name=kind,
            stop=f"Stop{kind}",
            stopped={"Id": "Ids[]"},
        ),
    )


def _sagemaker_job(kind: str) -> Action:
    name = f"{kind}Name"
    return Action(
        _SYNC,
        Job(
            describe=f"Describe{kind}",
            named={name: f"Parameters.{name}"},
            status=f"{kind}Status",
            running="Initializing InProgress Stopping",
            succeeded="Completed",
            stop=f"Stop{kind}",
            stopped={name: name},
        ),
    )


def _eks_change(kind: str, names: tuple[str, ...], running: str, succeeded: str) -> Action:
    """Return an action on a cluster of EKS, or on a part of one."""
    named = {name: f"Parameters.{name}" for name in names}
    return Action(_SYNC, Job(f"Describe{kind}", named, f"{kind}.Status", running, succeeded))


def _emr_serverless_change(place: str, running: str, succeeded: str) -> Action:
    """Return an action on an application of EMR Serverless."""
    job = Job(
        "GetApplication", {"ApplicationId": place}, "Application.State", running, succeeded, "Application"
    )
    return Action(_SYNC, job, echoed=() if place == "ApplicationId" else ("ApplicationId",))


_ATHENA: Final = {
    **_once("getQueryExecution", "getQueryResults", "stopQueryExecution"),
    "startQueryExecution": Action(
        _SYNC,
        Job(
            describe="GetQueryExecution",
            named={"QueryExecutionId": "QueryExecutionId"},
            status="QueryExecution.Status.State",
            running="QUEUED RUNNING",
            succeeded="SUCCEEDED",
            stop="StopQueryExecution",
            stopped={"QueryExecutionId": "QueryExecutionId"},
        ),
    ),
}

_BATCH: Final = {
    "submitJob": Action(
        _SYNC,
        Job(
            describe="DescribeJobs",
            named={"Jobs[]": "JobId"},
            status="Jobs[].Status",
            running="SUBMITTED PENDING RUNNABLE STARTING RUNNING",
            succeeded="SUCCEEDED",
            result="Jobs[]",
            stop="TerminateJob",
            stopped={"JobId": "Jobs[]", "Reason": "=The execution no longer waits for it."},
        ),
    )
}

_BEDROCK: Final = {
    "invokeModel": Action(
        _CALLBACK,
        model="bedrock-runtime",
        documents=("Body",),
        fetched={"Input": "Body"},
        stored={"Output": "Body"},
    ),
    "createModelCustomizationJob": Action(
        _SYNC,
        Job(
            describe="GetModelCustomizationJob",
            named={"JobIdentifier": "JobArn"},
            status="Status",
            running="InProgress Stopping",
            succeeded="Completed",
            stop="StopModelCustomizationJob",
            stopped={"JobIdentifier": "JobIdentifier"},
        ),
    ),
}

_AGENTS: Final = {
    "invokeHarness": Action(not_here="its answer is a stream of events, from which only AWS makes a result")
}

_CODEBUILD: Final = {
    **_once("batchDeleteBuilds", "batchGetReports", "deleteBuildBatch", "stopBuild", "stopBuildBatch"),
    "startBuild": _build("Build", "Builds"),
    "startBuildBatch": _build("BuildBatch", "BuildBatches"),
    "retryBuildBatch": _build("BuildBatch", "BuildBatches"),
}

_DATABREW: Final = {
    "startJobRun": Action(
        _SYNC,
        Job(
            describe="DescribeJobRun",
            named={"Name": "Parameters.Name", "RunId": "RunId"},
            status="State",
            running="STARTING RUNNING STOPPING",
            succeeded="SUCCEEDED",
            stop="StopJobRun",
            stopped={"Name": "Name", "RunId": "RunId"},
        ),
    )
}

_ECS: Final = {
    "runTask": Action(
        (*_SYNC, Pattern.WAIT_FOR_TASK_TOKEN),
        Job(
            describe="DescribeTasks",
            named={"Cluster": "Tasks[].ClusterArn", "Tasks[]": "Tasks[].TaskArn"},
            status="Tasks[].LastStatus",
            running="PROVISIONING PENDING ACTIVATING RUNNING DEACTIVATING STOPPING DEPROVISIONING",
            succeeded="STOPPED",
            result="Tasks[]",
            exits="Tasks[].Containers",
            stop="StopTask",
            stopped={"Cluster": "Cluster", "Task": "Tasks[]"},
        ),
        rejected="Failures",
        rejection="AmazonECS.Unknown",
        rejects_request_response=False,
    )
}

_EKS: Final = {
    "call": Action(not_here=_KUBERNETES),
    "runJob": Action(_SYNC, not_here=_KUBERNETES),
    "createCluster": _eks_change("Cluster", ("Name",), "CREATING PENDING", "ACTIVE"),
    "deleteCluster": _eks_change("Cluster", ("Name",), "ACTIVE DELETING", GONE),
    "createNodegroup": _eks_change("Nodegroup", ("ClusterName", "NodegroupName"), "CREATING", "ACTIVE"),
    "deleteNodegroup": _eks_change("Nodegroup", ("ClusterName", "NodegroupName"), "ACTIVE DELETING", GONE),
    "createFargateProfile": _eks_change(
        "FargateProfile", ("ClusterName", "FargateProfileName"), "CREATING", "ACTIVE"
    ),
    "deleteFargateProfile": _eks_change(
        "FargateProfile", ("ClusterName", "FargateProfileName"), "ACTIVE DELETING", GONE
    ),
}

_EMR: Final = {
    "createCluster": Action(
        _SYNC,
        Job(
            describe="DescribeCluster",
            named={"ClusterId": "ClusterId"},
            status="Cluster.Status.State",
            running="STARTING BOOTSTRAPPING RUNNING TERMINATING",
            succeeded="WAITING TERMINATED",
        ),
        operation="RunJobFlow",
        results={"ClusterId": "JobFlowId"},
    ),
    "terminateCluster": Action(
        _SYNC,
        Job(
            describe="DescribeCluster",
            named={"ClusterId": "Parameters.ClusterId"},
            status="Cluster.Status.State",
            running="STARTING BOOTSTRAPPING RUNNING WAITING TERMINATING",
            succeeded="TERMINATED TERMINATED_WITH_ERRORS",
        ),
        operation="TerminateJobFlows",
        parameters={"ClusterId": "JobFlowIds[]"},
    ),
    "setClusterTerminationProtection": Action(
        operation="SetTerminationProtection", parameters={"ClusterId": "JobFlowIds[]"}
    ),
    "addStep": Action(
        _SYNC,
        Job(
            describe="DescribeStep",
            named={"ClusterId": "Parameters.ClusterId", "StepId": "StepId"},
            status="Step.Status.State",
            running="PENDING CANCEL_PENDING RUNNING",
            succeeded="COMPLETED",
            stop="CancelSteps",
            stopped={"ClusterId": "ClusterId", "StepIds[]": "StepId"},
        ),
        operation="AddJobFlowSteps",
        parameters={"ClusterId": "JobFlowId", "Step": "Steps[]"},
        results={"StepId": "StepIds[]"},
    ),
    "cancelStep": Action(
        operation="CancelSteps",
        parameters={"StepId": "StepIds[]"},
        results={"CancelStepsInfo": "CancelStepsInfoList[]"},
    ),
    "modifyInstanceFleetByName": Action(not_here=_LOOKED_UP),
    "modifyInstanceGroupByName": Action(not_here=_LOOKED_UP),
}

_EMR_RUN: Final = "SUBMITTED PENDING SCHEDULED QUEUED RUNNING CANCEL_PENDING CANCELLING"

_EMR_CONTAINERS: Final = {
    **_once("createVirtualCluster"),
    "deleteVirtualCluster": Action(
        _SYNC,
        Job(
            describe="DescribeVirtualCluster",
            named={"Id": "Id"},
            status="VirtualCluster.State",
            running="RUNNING TERMINATING ARRESTED",
            succeeded=f"TERMINATED {GONE}",
        ),
    ),
    "startJobRun": Action(
        _SYNC,
        Job(
            describe="DescribeJobRun",
            named={"Id": "Id", "VirtualClusterId": "VirtualClusterId"},
            status="JobRun.State",
            running=_EMR_RUN,
            succeeded="COMPLETED",
            result="JobRun",
            stop="CancelJobRun",
            stopped={"Id": "Id", "VirtualClusterId": "VirtualClusterId"},
        ),
    ),
}

_EMR_SERVERLESS: Final = {
    "createApplication": _emr_serverless_change("ApplicationId", "CREATING", "CREATED STARTED"),
    "startApplication": _emr_serverless_change(
        "Parameters.ApplicationId", "CREATED STARTING STOPPED", "STARTED"
    ),
    "stopApplication": _emr_serverless_change(
        "Parameters.ApplicationId", "STARTED STOPPING", "STOPPED CREATED"
    ),
    "deleteApplication": _emr_serverless_change(
        "Parameters.ApplicationId", "CREATED STOPPING STOPPED", f"TERMINATED {GONE}"
    ),
    "startJobRun": Action(
        _SYNC,
        Job(
            describe="GetJobRun",
            named={"ApplicationId": "ApplicationId", "JobRunId": "JobRunId"},
            status="JobRun.State",
            running=_EMR_RUN,
            succeeded="SUCCESS",
            result="JobRun",
            stop="CancelJobRun",
            stopped={"ApplicationId": "ApplicationId", "JobRunId": "JobRunId"},
        ),
    ),
    "cancelJobRun": Action(
        _SYNC,
        Job(
            describe="GetJobRun",
            named={"ApplicationId": "ApplicationId", "JobRunId": "JobRunId"},
            status="JobRun.State",
            running=_EMR_RUN,
            succeeded="CANCELLED",
            result="JobRun",
        ),
    ),
}

_GLUE: Final = {
    "startJobRun": Action(
        _SYNC,
        Job(
            describe="GetJobRun",
            named={"JobName": "JobName", "RunId": "JobRunId"},
            status="JobRun.JobRunState",
            running="STARTING RUNNING STOPPING WAITING",
            succeeded="SUCCEEDED",
            result="JobRun",
            stop="BatchStopJobRun",
            stopped={"JobName": "JobName", "JobRunIds[]": "RunId"},
        ),
        echoed=("JobName",),
    )
}

_MEDIACONVERT: Final = {
    "createJob": Action(
        _SYNC,
        Job(
            describe="GetJob",
            named={"Id": "Job.Id"},
            status="Job.Status",
            running="SUBMITTED PROGRESSING",
            succeeded="COMPLETE",
            stop="CancelJob",
            stopped={"Id": "Id"},
        ),
    )
}

_SAGEMAKER: Final = {
    **_once("createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint"),
    "createHyperParameterTuningJob": _sagemaker_job("HyperParameterTuningJob"),
    "createLabelingJob": _sagemaker_job("LabelingJob"),
    "createProcessingJob": _sagemaker_job("ProcessingJob"),
    "createTrainingJob": _sagemaker_job("TrainingJob"),
    "createTransformJob": _sagemaker_job("TransformJob"),
}

_STATES: Final = {
    "startExecution": Action(
        tuple(Pattern),
        Job(
            describe="DescribeExecution",
            named={"ExecutionArn": "ExecutionArn"},
            status="Status",
            running="RUNNING PENDING_REDRIVE",
            succeeded="SUCCEEDED",
            left_out="RedriveCount RedriveDate RedriveStatus RedriveStatusReason",
            texts="Input Output",
            stop="StopExecution",
            stopped={"ExecutionArn": "ExecutionArn"},
        ),
    )
}

_EVENTS: Final = {
    "putEvents": Action(_CALLBACK, rejected="FailedEntryCount", rejection="EventBridge.FailedEntry")
}

_DYNAMODB: Final = _once("deleteItem", "getItem", "putItem", "updateItem")
_LAMBDA: Final = {"invoke": Action(_CALLBACK)}
_SNS: Final = {"publish": Action(_CALLBACK)}
_SQS: Final = {"sendMessage": Action(_CALLBACK)}

SERVICES: Final[Mapping[str, Service]] = MappingProxyType(
    {
        "athena": Service("athena", "Athena", "AmazonAthena", _ATHENA),
        "batch": Service("batch", "Batch", "AWSBatch", _BATCH, "BATCH_ENDPOINT", has_metadata=True),
        "bedrock": Service("bedrock", "Bedrock", "", _BEDROCK),
        "bedrockagentcore": Service("bedrock-agentcore", "BedrockAgentCore", "", _AGENTS),
        "codebuild": Service("codebuild", "CodeBuild", "AWSCodeBuild", _CODEBUILD),
        "databrew": Service("databrew", "DataBrew", "AWSGlueDataBrew", _DATABREW),
        "dynamodb": Service(
            "dynamodb", "DynamoDB", "AmazonDynamoDBv2", _DYNAMODB, "DYNAMODB_ENDPOINT", has_metadata=True
        ),
        "ecs": Service("ecs", "ECS", "AmazonECS", _ECS, "ECS_ENDPOINT", has_metadata=True),
        "eks": Service("eks", "EKS", "AmazonEKS", _EKS),
        "elasticmapreduce": Service("emr", "ElasticMapReduce", "AmazonElasticMapReduce", _EMR),
        "emr-containers": Service("emr-containers", "EMRContainers", "AmazonEMRContainers", _EMR_CONTAINERS),
        "emr-serverless": Service("emr-serverless", "EMRServerless", "AWSEMRServerless", _EMR_SERVERLESS),
        "events": Service("events", "EventBridge", "AmazonEventBridge", _EVENTS, "EVENTBRIDGE_ENDPOINT"),
        "glue": Service("glue", "Glue", "AWSGlue", _GLUE, "GLUE_ENDPOINT", has_metadata=True),
        "lambda": Service("lambda", "Lambda", "AWSLambda", _LAMBDA, "LAMBDA_ENDPOINT", has_metadata=True),
        "mediaconvert": Service("mediaconvert", "MediaConvert", "AWSMediaConvert", _MEDIACONVERT),
        "sagemaker": Service(
            "sagemaker", "SageMaker", "AmazonSageMaker", _SAGEMAKER, "SAGE_MAKER_ENDPOINT", has_metadata=True
        ),
        "sns": Service("sns", "SNS", "AmazonSNS", _SNS, "SNS_ENDPOINT", has_metadata=True),
        "sqs": Service("sqs", "SQS", "AmazonSQS", _SQS, "SQS_ENDPOINT", has_metadata=True),
        "states": Service(
            *("stepfunctions", "StepFunctions", "AWSStepFunctions", _STATES),
            setting="STEP_FUNCTIONS_ENDPOINT",
            has_metadata=True,
        ),
    }
)
"""The services by their names in a Resource."""
